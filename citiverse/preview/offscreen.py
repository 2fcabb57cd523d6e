"""Pictures without a screen, drawn by Panda3D.

Drawing runs in a process of its own: a graphics driver that falls over takes the picture with it, never the server.
"""

import math
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from threading import Lock
from typing import Any

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
    LPoint3f,
    NodePath,
    OmniBoundingVolume,
    OrthographicLens,
    PerspectiveLens,
    PNMImage,
    SamplerState,
    Shader,
    StringStream,
    Texture,
    WindowProperties,
    load_prc_file_data,
)

from citiverse.geometry.arrays import IntArray
from citiverse.preview.camera import Camera
from citiverse.preview.light import GROUND_LIGHT, SKY_LIGHT, SUN, SUN_LIGHT, faces, linear, lit
from citiverse.preview.shading import (
    FRAGMENT,
    SHADOW_FRAGMENT,
    SHADOW_VERTEX,
    SKY_FRAGMENT,
    SKY_VERTEX,
    SMOOTH_FRAGMENT,
    SMOOTH_VERTEX,
    VERTEX,
)

WIDTH, HEIGHT = 1280, 720
MESA, SOFTWARE = "p3headlessgl", "p3tinydisplay"
SETTINGS = """
load-display {}
window-type offscreen
audio-library-name null
sync-video 0
notify-level fatal
png-palette 0
textures-power-2 none
"""
HAZE, ZENITH = (0.80, 0.87, 0.93), (0.33, 0.56, 0.80)  # sRGB
HAZE_FROM_M, HAZE_TO_M = 600.0, 6000.0  # and farther off for an eye high up
SHADOW_PIXELS = 1536
SHADOW_REACH_M = (180.0, 900.0)  # at least and at most so far from the middle of the view shadows are drawn
_SQUARE_M = 200.0


class CannotDraw(RuntimeError):
    """This machine has no way to draw a picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Triangles:
    """Coloured triangles: `positions` (n, 3) metres in the scene, z up; `colours` (n, 3) linear; `indices` (m, 3).

    With `walls` (n, 4) the picture has windows, shadows and a sky where the display can draw them: window bays and
    storeys counted along and up a wall, a number from 0 to 1 that is the building's own, and the code of the surface as
    tiles have it (0 a wall, 4 and 6 paved, 7 to 9 green, 10 water).
    """

    positions: NDArray[np.floating[Any]]
    colours: NDArray[np.uint8]
    indices: IntArray
    walls: NDArray[np.float32] | None = None


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
    root = NodePath("city")
    drawn = [buffer]
    held = _place_camera(buffer, root, camera, size)
    engine.open_windows()
    gsg = buffer.get_gsg()
    shaders = gsg is not None and gsg.supports_basic_shaders
    if shaders:
        drawn.append(_smooth(engine, pipe, buffer, size))
    drawn[-1].add_render_texture(texture, GraphicsOutput.RTM_copy_ram)
    if scene.walls is not None and shaders:
        city = root.attach_new_node(_node(scene))
        drawn.append(_shine(engine, pipe, buffer, root, city, camera))
        _sky(held, camera, size)
    else:
        root.attach_new_node(_node(_flat(scene)))
        haze = Fog("haze")
        haze.set_color(*HAZE)
        haze.set_linear_range(*_haze_m(camera))
        root.set_fog(haze)
    engine.render_frame()
    engine.extract_texture_data(texture, buffer.get_gsg())
    png = _png(texture)
    for each in reversed(drawn):
        engine.remove_window(each)
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


def _flat(scene: Triangles) -> Triangles:
    """The triangles each for itself and lit beforehand: drawn soonest, and by every display."""
    shaded = lit(scene.colours[scene.indices[:, 0]], faces(scene.positions.astype(np.float64), scene.indices))
    corners = scene.indices.ravel()
    return Triangles(scene.positions[corners], np.repeat(shaded, 3, axis=0), np.arange(len(corners)).reshape(-1, 3))


def _node(scene: Triangles) -> GeomNode:
    """The triangles as Panda3D wants them."""
    count = len(scene.positions)
    kinds: list[tuple[str, str, int]] = [("position", "<f4", 3), ("colour", "u1", 4)]
    columns = GeomVertexArrayFormat()
    columns.add_column(InternalName.get_vertex(), 3, GeomEnums.NT_float32, GeomEnums.C_point)
    columns.add_column(InternalName.get_color(), 4, GeomEnums.NT_uint8, GeomEnums.C_color)
    if scene.walls is not None:
        kinds.append(("wall", "<f4", 4))
        columns.add_column(InternalName.make("wall"), 4, GeomEnums.NT_float32, GeomEnums.C_other)
    vertices = np.zeros(count, dtype=kinds)
    vertices["position"] = scene.positions
    vertices["colour"][:, :3] = scene.colours
    vertices["colour"][:, 3] = 255
    if scene.walls is not None:
        vertices["wall"] = scene.walls
    layout = GeomVertexFormat()
    layout.add_array(columns)
    data = GeomVertexData("city", GeomVertexFormat.register_format(layout), GeomEnums.UH_static)
    data.unclean_set_num_rows(count)
    memoryview(data.modify_array(0)).cast("B")[:] = memoryview(vertices.tobytes())
    node = GeomNode("city")
    for indices in _squares(scene):
        triangles = GeomTriangles(GeomEnums.UH_static)
        triangles.set_index_type(GeomEnums.NT_uint32)
        corners = triangles.modify_vertices()
        corners.unclean_set_num_rows(indices.size)
        memoryview(corners).cast("B")[:] = memoryview(indices.astype("<u4").tobytes())
        shape = Geom(data)
        shape.add_primitive(triangles)
        node.add_geom(shape)
    return node


def _squares(scene: Triangles) -> list[IntArray]:
    """The triangles by squares, so that those out of sight are passed over."""
    first = np.floor(scene.positions[scene.indices[:, 0], :2] / _SQUARE_M).astype(np.int64)
    order = np.lexsort(first.T)
    ends = np.flatnonzero((np.diff(first[order], axis=0) != 0).any(axis=1)) + 1
    return [scene.indices[part] for part in np.split(order, ends)]


def _place_camera(buffer: GraphicsOutput, root: NodePath, camera: Camera, size: tuple[int, int]) -> NodePath:
    lens = PerspectiveLens()
    lens.set_aspect_ratio(size[0] / size[1])
    lens.set_fov(camera.width_deg)
    lens.set_near_far(0.3 if camera.eye[2] < 30.0 else 2.0, 20_000.0)
    held = root.attach_new_node(Lens("eye", lens))
    held.set_pos(*camera.eye)
    held.set_hpr(-camera.heading_deg, camera.pitch_deg, 0.0)
    buffer.make_display_region().set_camera(held)
    return held


def _shine(
    engine: GraphicsEngine, pipe: GraphicsPipe, buffer: GraphicsOutput, root: NodePath, city: NodePath, camera: Camera
) -> GraphicsOutput:
    """Let the sun shine on the city: what it sees is drawn first, for all else lies in the shade."""
    depth = FrameBufferProperties()
    depth.set_depth_bits(24)
    side = WindowProperties.size(SHADOW_PIXELS, SHADOW_PIXELS)
    seen = engine.make_output(pipe, "sun", -1, depth, side, GraphicsPipe.BF_refuse_window, buffer.get_gsg(), buffer)
    if seen is None:
        raise CannotDraw("The display draws no shadows.")
    shadow = Texture("shadow")
    shadow.set_format(Texture.F_depth_component24)
    shadow.set_minfilter(SamplerState.FT_shadow)
    shadow.set_magfilter(SamplerState.FT_shadow)
    shadow.set_wrap_u(SamplerState.WM_clamp)
    shadow.set_wrap_v(SamplerState.WM_clamp)
    seen.add_render_texture(shadow, GraphicsOutput.RTM_bind_or_copy, GraphicsOutput.RTP_depth)
    middle, reach = camera.looks_at(SHADOW_REACH_M)
    lens = OrthographicLens()
    lens.set_film_size(2 * reach, 2 * reach)
    lens.set_near_far(10.0, 4 * reach + 2000.0)
    towards = SUN / np.linalg.norm(SUN)
    eye = Lens("sun", lens)
    dull = NodePath("dull")
    dull.set_shader(Shader.make(Shader.SL_GLSL, SHADOW_VERTEX, SHADOW_FRAGMENT))
    dull.set_two_sided(True)
    eye.set_initial_state(dull.get_state())
    above = root.attach_new_node(eye)
    above.set_pos(LPoint3f(*(middle + towards * (2 * reach + 1000.0)).tolist()))
    above.look_at(LPoint3f(*middle.tolist()))
    seen.make_display_region().set_camera(above)
    city.set_two_sided(True)
    city.set_shader(Shader.make(Shader.SL_GLSL, VERTEX, FRAGMENT))
    city.set_shader_inputs(
        eye=camera.eye, sun=towards.tolist(), sun_light=SUN_LIGHT.tolist(), sky_light=SKY_LIGHT.tolist(),
        ground_light=GROUND_LIGHT.tolist(), haze=linear(HAZE), haze_m=_haze_m(camera), shadow=shadow,
        shadow_step=1.0 / SHADOW_PIXELS, to_sun=root.get_mat(above) * lens.get_projection_mat(),
    )  # fmt: skip
    return seen


def _smooth(
    engine: GraphicsEngine, pipe: GraphicsPipe, buffer: GraphicsOutput, size: tuple[int, int]
) -> GraphicsOutput:
    """A second picture of the first one, with smooth edges: with Mesa half as dear as many samples of each pixel."""
    rough = Texture("rough")
    rough.set_minfilter(SamplerState.FT_linear)
    rough.set_magfilter(SamplerState.FT_linear)
    rough.set_wrap_u(SamplerState.WM_clamp)
    rough.set_wrap_v(SamplerState.WM_clamp)
    buffer.add_render_texture(rough, GraphicsOutput.RTM_bind_or_copy)
    wanted = FrameBufferProperties()
    wanted.set_rgba_bits(8, 8, 8, 8)
    flat = WindowProperties.size(*size)
    smooth = engine.make_output(
        pipe, "smooth", 1, wanted, flat, GraphicsPipe.BF_refuse_window, buffer.get_gsg(), buffer
    )
    if smooth is None:
        raise CannotDraw("The display gives no second picture.")
    root = NodePath("rough")
    pane = root.attach_new_node(_pane())
    pane.set_shader(Shader.make(Shader.SL_GLSL, SMOOTH_VERTEX, SMOOTH_FRAGMENT))
    pane.set_shader_inputs(rough=rough, pixel=(1.0 / size[0], 1.0 / size[1]))
    pane.set_depth_test(False)
    pane.set_two_sided(True)
    smooth.make_display_region().set_camera(root.attach_new_node(Lens("pane", OrthographicLens())))
    return smooth


def _pane() -> GeomNode:
    """A triangle that covers all of a picture and is never out of sight."""
    corners = np.array([[-1.0, -1.0, 0.0], [3.0, -1.0, 0.0], [-1.0, 3.0, 0.0]])
    node = _node(Triangles(corners, np.zeros((3, 3), np.uint8), np.array([[0, 1, 2]])))
    node.set_bounds(OmniBoundingVolume())
    node.set_final(True)
    return node


def _haze_m(camera: Camera) -> tuple[float, float]:
    """Where haze begins, and where nothing else is to be seen: never before what the view is of."""
    begins = max(HAZE_FROM_M, 1.2 * camera.to_ground_m)
    return begins, begins * HAZE_TO_M / HAZE_FROM_M


def _sky(held: NodePath, camera: Camera, size: tuple[int, int]) -> None:
    """A sky behind everything, paler towards the horizon."""
    ahead, right, above = camera.axes
    wide = math.tan(math.radians(camera.width_deg) / 2)
    sky = held.attach_new_node(_pane())
    sky.set_shader(Shader.make(Shader.SL_GLSL, SKY_VERTEX, SKY_FRAGMENT))
    sky.set_shader_inputs(
        ahead=ahead.tolist(), right=(right * wide).tolist(), above=(above * wide * size[1] / size[0]).tolist(),
        horizon=HAZE, zenith=ZENITH,
    )  # fmt: skip
    sky.set_bin("background", 0)
    sky.set_depth_write(False)
    sky.set_two_sided(True)


def _png(texture: Texture) -> bytes:
    image = PNMImage()
    if not texture.store(image):
        raise CannotDraw("The display has drawn nothing.")
    image.remove_alpha()
    stream = StringStream()
    image.write(stream, "picture.png")
    return bytes(stream.data)
