"""What a tile shows: one module for each layer, and here the meaning of what they write.

Space. Tiles are glTF (y up): x east, y up, -z north, metres of the scene's frame counted from its origin, so a
tile's root node carries the translation (and, for quantised positions, the scale) to the scene's own metres. The
tileset speaks z up, as 3D Tiles does, and its root transform leads to Earth-centred metres (EPSG:4978).

A tile holds at most one static mesh with one primitive (one draw), and in `furniture` instanced models beside it.
Attributes of the static mesh:

POSITION        UNSIGNED_SHORT x 3, a lattice of 1/128 m (far levels: 1/16 m and coarser) under the node's scale.
_FEATURE_ID_0   UNSIGNED_SHORT, the slot: row of the feature in the property table `feature` (EXT_mesh_features).
                Ground that is no feature has the slot that follows the last row (`nullFeatureId` = row count). A tile
                of nothing but such ground has neither property table nor EXT_mesh_features, and slot 0.
COLOR_0         UNSIGNED_BYTE x 4 normalised, linear RGB as glTF wants it, alpha 255.
_SURFACE        UNSIGNED_BYTE, what the surface is: a code of `citiverse.scene.paint.SURFACES`.
TEXCOORD_0      UNSIGNED_SHORT x 2 not normalised, only in `buildings`: FACADE_STEPS (64) x (bay, storey). Divide by 64:
                u counts window bays along the outline and is whole at every corner, v counts storeys from the
                ground, so floor() names a window and fract() is the place within its cell. A wall too narrow for
                a window, of a blind kind of building, or any other surface has v = 0 or a constant u: no windows.

No NORMAL on static meshes: they are made of flat faces, and glTF has a client shade them flat (by derivatives).
Instanced models bring NORMAL (BYTE x 3 normalised).

Instanced models (EXT_mesh_gpu_instancing with EXT_instance_features): TRANSLATION, ROTATION (SHORT normalised),
SCALE and `_FEATURE_ID_0` (UNSIGNED_SHORT) per instance; the model's own attributes are POSITION, NORMAL, COLOR_0 and
_SURFACE. TRANSLATION counts from the node's translation, in metres.

Property table `feature`, one row for each slot: `id` (STRING), `kind` (ENUM), `height` (FLOAT32, metres from ground
to top, 0 where it means nothing), `basis` (ENUM: measured, tagged or estimated, of that height), `source` (ENUM, key of
the source; STRING where features have none).

Whose tile. A feature with a place of its own (building, tree, furniture, stop, barrier) belongs to the leaf of its
representative point, whole, even where it juts out. Ground, water, green, paving, roads and rails are cut at leaf
borders and belong to every leaf they cross, so their ids appear in several tiles. Bridges are drawn whole with the
leaf of their representative point, the mouth of a tunnel with the leaf it lies in, paint with the leaf of its middle.
The trees that stand for a wood belong to the leaf in which they stand and carry the id of the wood.
`far` tiles hold all of it in coarse form with the same ids, one draw each, and are replaced by the leaves below them.

A layer is a module with `draw(cell)`, which gives a Drawing of what the cell shows, `sees(feature, z)`, which says in
which cells a feature shows (so that an edit redraws these and no others), and `KINDS`, the kinds of all features it may
see. What it draws may depend on nothing but the cell: the same features must give the same bytes.
"""
