"""A person in Blender's Cycles: mesh, eyes, hair, shirt, lights, camera; no background.

In: a `Person`; out: RGBA pictures of a mouth or of eyelids, in files. Runs in Blender's own
Python environment (`bpy`), one scene a process. The key light is soft and high to the left, a
weaker one fills in from the right, two rims part the hair from any background.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import bpy  # type: ignore[import-not-found]  # Blender lives in an environment of its own
import numpy as np
from mathutils import Vector  # type: ignore[import-not-found]  # part of Blender
from numpy.typing import NDArray

from data.build.person import dress, materials, strands
from data.build.person.anatomy import PARTS, Anatomy
from data.build.person.body import Body
from data.build.person.irises import eye_picture
from data.build.person.people import Person
from data.build.person.regions import regions
from data.build.person.surface import Hold, Surface
from data.head import Box

SIDE: Final = 1280
"""Of the master picture, in pixels; boxes are given in these."""
_EYE_PIXELS: Final = 144.0
"""Between the eyes' centres, in the master picture."""
_EYE_ROW: Final = 427.5
_DISTANCE: Final = 12.0
"""Camera to eyes: 1.2 m, as one sits before a laptop."""
_EYE_FACES: Final = 48
_LIGHTS: Final = (
    ((-6.5, -8.5, 5.5), 3.6, 980.0, (1.0, 0.94, 0.86)),
    ((7.5, -8.0, 0.5), 6.0, 190.0, (0.90, 0.95, 1.0)),
    ((0.0, -11.0, -3.5), 5.0, 110.0, (1.0, 0.97, 0.94)),
    ((5.0, 6.5, 5.5), 3.5, 330.0, (0.95, 0.97, 1.0)),
    ((-6.0, 6.0, 4.0), 3.5, 230.0, (1.0, 0.95, 0.90)),
    ((-2.6, -10.0, 2.4), 1.1, 200.0, (1.0, 0.98, 0.95)),
)
"""Each: place, side of the square, watts, colour. The last is small: it glints in the eyes."""
_MATTE: Final = (1, 2)
"""Lights that are not mirrored in anything: so wide before the face, they would veil the eyes."""


@dataclass(frozen=True)
class Quality:
    """side: of the whole picture in pixels. samples: rays a pixel before denoising."""

    side: int = SIDE
    samples: int = 20


class Studio:
    """One person before the camera."""

    def __init__(self, person: Person, anatomy: Anatomy, quality: Quality) -> None:
        bpy.ops.wm.read_factory_settings(use_empty=True)
        self._scene = bpy.context.scene
        self._body = Body(anatomy, person)
        self._rng = np.random.default_rng(person.seed)
        self._brow_seen: NDArray[np.float64]
        self._head = self._mesh(person)
        self._eyes(person)
        surface = Surface(self._body.rest, self._skin_faces(), person.seed)
        self._hair(person, surface)
        self._shirt(person)
        self._lights()
        self._camera()
        self._settings(quality, person.seed)

    def render(
        self,
        path: Path,
        shapes: Mapping[str, float],
        box: Box | None = None,
        gaze: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        """Write one picture, of a box of the head picture or of all of it.

        gaze: degrees that the eyes are turned to the picture's right, and down."""
        moved = self._body.moved(shapes)
        aside, down = np.deg2rad(gaze).tolist()
        for ball in self._balls:
            ball.rotation_euler = (down, 0.0, aside)
        self._head.data.vertices.foreach_set("co", _turned(moved).astype(np.float32).ravel())
        self._head.data.update()
        self._follow(moved)
        settings = self._scene.render
        settings.use_border = settings.use_crop_to_border = box is not None
        if box is not None:
            settings.border_min_x, settings.border_max_x = box.x / SIDE, (box.x + box.width) / SIDE
            settings.border_min_y = 1 - (box.y + box.height) / SIDE
            settings.border_max_y = 1 - box.y / SIDE
        settings.filepath = str(path)
        bpy.ops.render.render(write_still=True)

    def _follow(self, moved: NDArray[np.float64]) -> None:
        """Brows go where the skin under their roots goes; nothing is done if they stay there."""
        if np.array_equal(moved[self._brow_skin], self._brow_seen):
            return
        self._brow_seen = moved[self._brow_skin]
        for curves, strands_at_rest, hold in self._brows:
            carried = strands_at_rest + hold.carried(moved - self._body.rest)[:, None]
            places = _turned(carried).astype(np.float32)
            curves.position_data.foreach_set("vector", places.ravel())
            curves.update_tag()

    def samples(self, count: int) -> None:
        """Rays a pixel from now on."""
        self._scene.cycles.samples = count

    def _skin_faces(self) -> NDArray[np.int32]:
        anatomy = self._body.anatomy
        faces: NDArray[np.int32] = anatomy.faces[anatomy.part == PARTS.index("body")]
        return faces

    def _add(self, name: str, data: Any) -> Any:
        thing = bpy.data.objects.new(name, data)
        self._scene.collection.objects.link(thing)
        return thing

    def _mesh(self, person: Person) -> Any:
        anatomy = self._body.anatomy
        seen = ~np.isin(anatomy.part, [PARTS.index("helper-l-eye"), PARTS.index("helper-r-eye")])
        seen &= ~dress.covered(self._body.rest, anatomy.faces)
        mesh = bpy.data.meshes.new("head")
        mesh.from_pydata(_turned(self._body.rest).tolist(), [], anatomy.faces[seen].tolist())
        mesh.uv_layers.new(name="map").data.foreach_set("uv", anatomy.uv[seen].ravel())
        for name, values in regions(self._body).items():
            attribute = mesh.attributes.new(name, "FLOAT", "POINT")
            attribute.data.foreach_set("value", values.astype(np.float32))
        rest = mesh.attributes.new("rest", "FLOAT_VECTOR", "POINT")
        rest.data.foreach_set("vector", self._body.rest.astype(np.float32).ravel())
        looks = (
            materials.skin(person, anatomy.folder / "mpfb2/textures"),
            materials.teeth(),
            materials.tongue(),
            materials.lashes(),
        )
        for look in looks:
            mesh.materials.append(look)
        kinds = [0, 0, 0, 1, 1, 2, 3, 3, 3, 3]
        mesh.polygons.foreach_set("material_index", np.array(kinds, np.int32)[anatomy.part[seen]])
        mesh.polygons.foreach_set("use_smooth", np.ones(int(seen.sum()), bool))
        head = self._add("head", mesh)
        head.modifiers.new("smooth", "SUBSURF").render_levels = 2
        return head

    def _eyes(self, person: Person) -> None:
        pixels = eye_picture(person.iris, person.seed)
        picture = bpy.data.images.new("eye", *pixels.shape[:2], float_buffer=True)
        picture.colorspace_settings.name = "Non-Color"
        picture.pixels.foreach_set(pixels.ravel())
        look = materials.eye(picture)
        self._balls = []
        for side in (0, 1):
            centre, radius = self._body.eye(side)
            bpy.ops.mesh.primitive_uv_sphere_add(
                segments=_EYE_FACES, ring_count=_EYE_FACES // 2, radius=radius * 0.985
            )
            ball = bpy.context.object
            ball.location = _turned(centre)
            self._balls.append(ball)
            mesh = ball.data
            mesh.polygons.foreach_set("use_smooth", np.ones(len(mesh.polygons), bool))
            places = np.empty(len(mesh.vertices) * 3)
            mesh.vertices.foreach_get("co", places)
            corners = np.empty(len(mesh.loops), np.int32)
            mesh.loops.foreach_get("vertex_index", corners)
            flat = places.reshape(-1, 3)[:, [0, 2]] / (2 * radius) + 0.5
            mesh.uv_layers.active.data.foreach_set("uv", flat[corners].ravel())
            mesh.materials.append(look)

    def _hair(self, person: Person, surface: Surface) -> None:
        grown = strands.hair(person.hair, surface, self._rng)
        self._curves("hair", grown, 0.0048, materials.strand("hair", person.hair.colour))
        look = materials.strand("brow", person.brows, 0.4)
        self._brows: list[tuple[Any, NDArray[np.float64], Hold]] = []
        for mirror in (1, -1):
            along, places = strands.brow_roots(
                int(700 * person.brow_strength), person.brow_width, self._rng
            )
            places[:, 0] *= mirror
            roots, normals = surface.from_front(places)
            ways, lengths = strands.brow_ways(along, self._rng)
            ways[:, 0] *= mirror
            ways -= (ways * normals).sum(axis=1, keepdims=True) * normals
            reach = np.linspace(0, 1, 4)[None, :, None]
            arch = normals[:, None] * (0.004 + 0.012 * np.sin(2.4 * reach))
            brow = roots[:, None] + ways[:, None] * lengths[:, None] * reach + arch
            curves = self._curves(f"brow{mirror}", brow, 0.0018, look)
            self._brows.append((curves, brow, surface.hold(roots)))
        self._brow_skin = np.unique(np.concatenate([held.corners for _, _, held in self._brows]))
        self._brow_seen = self._body.rest[self._brow_skin]

    def _curves(self, name: str, points: NDArray[np.float64], radius: float, look: Any) -> Any:
        count, steps, _ = points.shape
        curves = bpy.data.hair_curves.new(name)
        curves.add_curves([steps] * count)
        curves.position_data.foreach_set("vector", _turned(points).astype(np.float32).ravel())
        thin = np.tile(radius * np.linspace(1, 0.3, steps), count).astype(np.float32)
        curves.attributes.new("radius", "FLOAT", "POINT").data.foreach_set("value", thin)
        curves.materials.append(look)
        self._add(name, curves)
        return curves

    def _shirt(self, person: Person) -> None:
        made = dress.shirt(self._body.rest, self._skin_faces())
        mesh = bpy.data.meshes.new("shirt")
        mesh.from_pydata(_turned(made.points).tolist(), [], made.faces.tolist())
        place = mesh.attributes.new("rest", "FLOAT_VECTOR", "POINT")
        place.data.foreach_set("vector", made.below.astype(np.float32).ravel())
        worn = mesh.attributes.new("worn", "FLOAT", "POINT")
        worn.data.foreach_set("value", made.worn.astype(np.float32))
        mesh.polygons.foreach_set("use_smooth", np.ones(len(made.faces), bool))
        mesh.materials.append(materials.cloth(person.shirt))
        shirt = self._add("shirt", mesh)
        shirt.modifiers.new("smooth", "SUBSURF").render_levels = 2
        thick = shirt.modifiers.new("thick", "SOLIDIFY")
        thick.thickness, thick.offset = 0.03, 1.0

    def _lights(self) -> None:
        for number, (place, side, power, colour) in enumerate(_LIGHTS):
            light = bpy.data.lights.new(f"light{number}", "AREA")
            light.size, light.energy, light.color = side, power, colour
            thing = self._add(light.name, light)
            thing.location = place
            way = Vector((0, 0, -0.4)) - Vector(place)
            thing.rotation_euler = way.to_track_quat("-Z", "Y").to_euler()
            thing.visible_glossy = number not in _MATTE
        world = bpy.data.worlds.new("world")
        self._scene.world = world
        world.use_nodes = True
        inputs = world.node_tree.nodes["Background"].inputs
        inputs[0].default_value, inputs[1].default_value = (0.55, 0.58, 0.62, 1), 0.30

    def _camera(self) -> None:
        camera = bpy.data.cameras.new("camera")
        seen = SIDE / _EYE_PIXELS * 0.62
        camera.lens = camera.sensor_width * _DISTANCE / seen
        camera.shift_y = -(SIDE / 2 - _EYE_ROW) / SIDE
        thing = self._add("camera", camera)
        thing.location = (0, -_DISTANCE, 0)
        thing.rotation_euler = (np.pi / 2, 0, 0)
        self._scene.camera = thing

    def _settings(self, quality: Quality, seed: int) -> None:
        render, cycles = self._scene.render, self._scene.cycles
        render.engine = "CYCLES"
        cycles.device, cycles.samples, cycles.seed = "CPU", quality.samples, seed
        cycles.use_adaptive_sampling, cycles.max_bounces = False, 5
        cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
        cycles.denoising_prefilter = "ACCURATE"
        cycles.debug_bvh_type = "DYNAMIC_BVH"
        cycles.sample_clamp_indirect = 3.0
        render.resolution_x = render.resolution_y = quality.side
        render.film_transparent = True
        render.use_persistent_data = True
        render.threads_mode, render.threads = "FIXED", 1
        render.image_settings.file_format = "PNG"
        render.image_settings.color_mode = "RGBA"
        self._scene.view_settings.view_transform = "AgX"
        self._scene.view_settings.look = "AgX - Punchy"
        self._scene.view_settings.exposure = 1.15


def _turned(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """From y up, z forward to Blender's z up, -y forward."""
    return np.stack([points[..., 0], -points[..., 2], points[..., 1]], axis=-1)
