"""Pictures without a screen, drawn by Panda3D.

Drawing runs in a process of its own: a graphics driver that falls over takes the picture with it, never the server.
"""

from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from panda3d.core import Camera as Lens
from panda3d.core import (
    Fog,
    FrameBufferProperties,
    Geom,
    GeomEnums,
    GeomNode,
    GeomTriangles,
    GeomVertexArrayFormat,
    GeomVertexData,
    GeomVertexFormat,
    GraphicsEngine,
    GraphicsOutput,
    GraphicsPipe,
    GraphicsPipeSelection,
    InternalName,
    NodePath,
    PerspectiveLens,
    PNMImage,
    StringStream,
    Texture,
    WindowProperties,
    load_prc_file_data,
)

from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.preview.camera import Camera
from citiverse.preview.light import faces, lit

WIDTH, HEIGHT = 1280, 720
MESA, SOFTWARE = "p3headlessgl", "p3tinydisplay"
SETTINGS = """
load-display {}
window-type offscreen
audio-library-name null
sync-video 0
notify-level fatal
png-palette 0
"""
HAZE = (0.80, 0.87, 0.93)
HAZE_FROM_M, HAZE_TO_M = 600.0, 6000.0


class CannotDraw(RuntimeError):
    """This machine has no way to draw a picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Triangles:
    """Coloured triangles: `positions` (n, 3) metres in the scene, z up; `colours` (n, 3) linear; `indices` (m, 3)."""

    positions: FloatArray
    colours: NDArray[np.uint8]
    indices: IntArray


class Studio:
    """Draws pictures one after the other in a process beside this one."""

    def __init__(self, display: str = MESA) -> None:
        self._display = display
        self._lock = Lock()
        self._process: ProcessPoolExecutor | None = None

    def draw(self, scene: Triangles, camera: Camera, size: tuple[int, int] = (WIDTH, HEIGHT)) -> bytes:
        """A PNG of `scene` from `camera`; `size` in pixels. Raises CannotDraw when no display works here."""
        with self._lock:
            for display in dict.fromkeys((self._display, SOFTWARE)):
                self._display = display
                try:
                    return self._worker().submit(picture, scene, camera, size, display).result()
                except (BrokenProcessPool, CannotDraw):
                    self._dismiss()
        raise CannotDraw("Neither a graphics driver nor the software display can draw here.")

    def close(self) -> None:
        """Let the process go."""
        with self._lock:
            self._dismiss()

    def _worker(self) -> ProcessPoolExecutor:
        if self._process is None:
            self._process = ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"))
        return self._process

    def _dismiss(self) -> None:
        if self._process is not None:
            self._process.shutdown(wait=True, cancel_futures=True)
            self._process = None


def picture(scene: Triangles, camera: Camera, size: tuple[int, int], display: str) -> bytes:
    """A PNG drawn in this very process; see Studio for one that keeps its caller safe. Raises CannotDraw."""
    load_prc_file_data("", SETTINGS.format(display))
    engine = GraphicsEngine.get_global_ptr()
    pipe = GraphicsPipeSelection.get_global_ptr().make_default_pipe()
    if pipe is None:
        raise CannotDraw(f"{display} is not to be had.")
    buffer = _buffer(engine, pipe, size)
    texture = Texture()
    buffer.add_render_texture(texture, GraphicsOutput.RTM_copy_ram)
    root = NodePath("city")
    root.attach_new_node(_node(scene))
    haze = Fog("haze")
    haze.set_color(*HAZE)
    haze.set_linear_range(HAZE_FROM_M, HAZE_TO_M)
    root.set_fog(haze)
    _place_camera(buffer, root, camera, size)
    engine.render_frame()
    engine.extract_texture_data(texture, buffer.get_gsg())
    png = _png(texture)
    engine.remove_window(buffer)
    return png


def _buffer(engine: GraphicsEngine, pipe: GraphicsPipe, size: tuple[int, int]) -> GraphicsOutput:
    wanted = FrameBufferProperties()
    wanted.set_rgba_bits(8, 8, 8, 8)
    wanted.set_depth_bits(24)
    buffer = engine.make_output(pipe, "picture", 0, wanted, WindowProperties.size(*size), GraphicsPipe.BF_refuse_window)
    if buffer is None:
        raise CannotDraw("The display gives no picture of this size.")
    buffer.set_clear_color((*HAZE, 1.0))
    buffer.set_clear_color_active(True)
    return buffer


def _node(scene: Triangles) -> GeomNode:
    """The triangles, flat and lit, as Panda3D wants them."""
    normals = faces(scene.positions, scene.indices)
    shaded = lit(scene.colours[scene.indices[:, 0]], normals)
    count = 3 * len(scene.indices)
    vertices = np.zeros(count, dtype=[("position", "<f4", 3), ("colour", "u1", 4)])
    vertices["position"] = scene.positions[scene.indices.ravel()]
    vertices["colour"][:, :3] = np.repeat(shaded, 3, axis=0)
    vertices["colour"][:, 3] = 255
    columns = GeomVertexArrayFormat()
    columns.add_column(InternalName.get_vertex(), 3, GeomEnums.NT_float32, GeomEnums.C_point)
    columns.add_column(InternalName.get_color(), 4, GeomEnums.NT_uint8, GeomEnums.C_color)
    layout = GeomVertexFormat()
    layout.add_array(columns)
    data = GeomVertexData("city", GeomVertexFormat.register_format(layout), GeomEnums.UH_static)
    data.unclean_set_num_rows(count)
    memoryview(data.modify_array(0)).cast("B")[:] = memoryview(vertices.tobytes())
    triangles = GeomTriangles(GeomEnums.UH_static)
    triangles.add_next_vertices(count)
    triangles.close_primitive()
    shape = Geom(data)
    shape.add_primitive(triangles)
    node = GeomNode("city")
    node.add_geom(shape)
    return node


def _place_camera(buffer: GraphicsOutput, root: NodePath, camera: Camera, size: tuple[int, int]) -> None:
    lens = PerspectiveLens()
    lens.set_aspect_ratio(size[0] / size[1])
    lens.set_fov(camera.width_deg)
    lens.set_near_far(0.3 if camera.eye[2] < 30.0 else 2.0, 20_000.0)
    held = root.attach_new_node(Lens("eye", lens))
    held.set_pos(*camera.eye)
    held.set_hpr(-camera.heading_deg, camera.pitch_deg, 0.0)
    buffer.make_display_region().set_camera(held)


def _png(texture: Texture) -> bytes:
    image = PNMImage()
    if not texture.store(image):
        raise CannotDraw("The display has drawn nothing.")
    image.remove_alpha()
    stream = StringStream()
    image.write(stream, "picture.png")
    return bytes(stream.data)
