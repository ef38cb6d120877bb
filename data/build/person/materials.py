"""What skin, eyes, teeth, hair and cloth are made of: Cycles' shader nodes.

In: a person's colours. Out: Blender materials. Blender's Python only. Skin is a principled
surface with subsurface scattering; its colours vary by region (attributes on the vertices),
by blotches, by freckles and by pores, all of procedural noise.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import bpy  # type: ignore[import-not-found]  # Blender lives in an environment of its own
import numpy as np

from data.build.person.people import Colour, Person

_SCATTER: Final = (1.0, 0.36, 0.20)
"""How far red, green and blue light go under skin, relative to red."""

_PORES: Final = 85.0
"""To a decimetre."""
_TOOTH: Final = np.pi / 0.082
"""Half a wave each 8 mm, about the width of an upper incisor."""
_TOOTH_GLOW: Final = 0.15
"""Enamel is lit from within by light that five bounces do not bring behind the lips."""


class Nodes:
    """A material's node graph, written as expressions."""

    def __init__(self, name: str) -> None:
        self.material = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self._tree = self.material.node_tree
        self.surface = self._tree.nodes["Principled BSDF"]

    def node(self, kind: str, **values: object) -> Any:
        """A new node with its properties set."""
        node = self._tree.nodes.new(kind)
        for name, value in values.items():
            setattr(node, name, value)
        return node

    def plug(self, value: Any, socket: Any) -> None:
        """A socket fed by an output, a colour or a number."""
        if isinstance(value, bpy.types.NodeSocket):
            self._tree.links.new(value, socket)
        elif isinstance(value, Sequence):
            socket.default_value = (*value, 1.0) if len(value) == 3 else value
        else:
            socket.default_value = value

    def put(self, **sockets: Any) -> None:
        """The surface's inputs, by name with _ for blanks."""
        for name, value in sockets.items():
            socket = self.surface.inputs[name.replace("_", " ")]
            vector = socket.type == "VECTOR" and isinstance(value, tuple)
            if vector:
                socket.default_value = value
            else:
                self.plug(value, socket)

    def region(self, name: str) -> Any:
        """A number that the mesh carries for each vertex."""
        return self.node("ShaderNodeAttribute", attribute_name=name).outputs["Fac"]

    def maths(self, operation: str, first: Any, second: Any) -> Any:
        """A sum, a product and the like."""
        node = self.node("ShaderNodeMath", operation=operation)
        self.plug(first, node.inputs[0])
        self.plug(second, node.inputs[1])
        return node.outputs[0]

    def between(self, value: Any, low: float, high: float) -> Any:
        """0 at `low`, 1 at `high`, clipped."""
        node = self.node("ShaderNodeMapRange")
        self.plug(value, node.inputs[0])
        node.inputs[1].default_value, node.inputs[2].default_value = low, high
        return node.outputs[0]

    def mix(self, share: Any, first: Any, second: Any) -> Any:
        """A colour between two."""
        node = self.node("ShaderNodeMix", data_type="RGBA")
        self.plug(share, node.inputs[0])
        self.plug(first, node.inputs[6])
        self.plug(second, node.inputs[7])
        return node.outputs[2]

    def noise(self, scale: float, detail: float = 4, rough: float = 0.55) -> Any:
        """Noise of the position; `scale` blotches a decimetre."""
        node = self.node("ShaderNodeTexNoise")
        for name, value in (("Scale", scale), ("Detail", detail), ("Roughness", rough)):
            node.inputs[name].default_value = value
        self._tree.links.new(self.rest(), node.inputs["Vector"])
        return node.outputs["Fac"]

    def cells(self, scale: float) -> Any:
        """The distance to the nearest of randomly strewn points."""
        node = self.node("ShaderNodeTexVoronoi")
        node.inputs["Scale"].default_value = scale
        self._tree.links.new(self.rest(), node.inputs["Vector"])
        return node.outputs["Distance"]

    def bump(self, height: Any, strength: float, distance: float) -> None:
        """Let `height` bend the surface's normals."""
        node = self.node("ShaderNodeBump")
        node.inputs["Strength"].default_value = strength
        node.inputs["Distance"].default_value = distance
        self.plug(height, node.inputs["Height"])
        self.put(Normal=node.outputs[0])

    def rest(self) -> Any:
        """Where a point lies at rest, so that pores move with the skin."""
        return self.node("ShaderNodeAttribute", attribute_name="rest").outputs["Vector"]


def _times(colour: Colour, *factors: float) -> Colour:
    red, green, blue = np.clip(np.array(colour) * np.array(factors), 0, 1).tolist()
    return red, green, blue


def _complexion(n: Nodes, person: Person) -> Any:
    """The colour of bare skin: blotches, flush, shade about the eyes, freckles, beard shadow."""
    base = person.skin
    colour = n.mix(
        n.between(n.noise(2.2, 5), 0.35, 0.7),
        _times(base, 0.93, 0.92, 0.92),
        _times(base, 1.06, 1.04, 1.02),
    )
    mottled = n.maths("MULTIPLY", n.between(n.noise(24.0, 6, 0.7), 0.45, 0.70), 0.45)
    colour = n.mix(mottled, colour, _times(base, 0.84, 0.72, 0.68))
    colour = n.mix(
        n.maths("MULTIPLY", n.region("flush"), person.flush), colour, _times(base, 1.08, 0.66, 0.60)
    )
    colour = n.mix(
        n.maths("MULTIPLY", n.region("socket"), 0.34), colour, _times(base, 0.72, 0.60, 0.60)
    )
    dots = n.maths("MULTIPLY", n.between(n.cells(_PORES), 0.34, 0.06), 0.30)
    colour = n.mix(dots, colour, _times(base, 0.66, 0.52, 0.46))
    spots = n.maths(
        "MULTIPLY", n.between(n.cells(38.0), 0.22, 0.10), n.between(n.noise(9.0, 2), 0.42, 0.56)
    )
    spots = n.maths("MULTIPLY", spots, n.maths("MULTIPLY", n.region("freckle"), person.freckles))
    colour = n.mix(spots, colour, _times(base, 0.62, 0.46, 0.38))
    stubble = n.maths("MULTIPLY", n.between(n.noise(95.0, 2), 0.40, 0.62), n.region("beard"))
    shade = n.maths(
        "ADD", n.maths("MULTIPLY", stubble, 0.75), n.maths("MULTIPLY", n.region("beard"), 0.25)
    )
    return n.mix(n.maths("MULTIPLY", shade, person.beard), colour, _times(base, 0.22, 0.24, 0.30))


def skin(person: Person, textures: Path) -> Any:
    """Skin with lips, the mouth's lining, what shows through hair, and pores."""
    n = Nodes("skin")
    colour = _complexion(n, person)
    lips = _mask(n, textures / "mpfb_lips.jpg")
    lip_colour = n.mix(
        n.between(n.noise(20.0, 4), 0.3, 0.7), _times(person.lips, 0.86, 0.84, 0.84), person.lips
    )
    colour = n.mix(n.maths("MULTIPLY", lips, 0.82), colour, lip_colour)
    mouth = _mask(n, textures / "mpfb_inside-mouth.jpg")
    colour = n.mix(mouth, colour, (0.16, 0.030, 0.028))
    hidden = n.maths("MULTIPLY", n.region("scalp"), 0.85)
    colour = n.mix(hidden, colour, _times(person.hair.colour, 1.5, 1.5, 1.5))
    rough = n.maths(
        "SUBTRACT", n.between(n.noise(45.0, 3), -1.2, 1.6), n.maths("MULTIPLY", lips, 0.10)
    )
    n.put(
        Base_Color=colour,
        Roughness=rough,
        Subsurface_Weight=0.45,
        Subsurface_Radius=_SCATTER,
        Subsurface_Scale=0.06,
        Specular_IOR_Level=0.42,
    )
    pores = n.maths("ADD", n.maths("MULTIPLY", n.cells(_PORES), 0.5), n.noise(80.0, 5, 0.7))
    n.bump(pores, 0.50, 0.010)
    return n.material


def _mask(n: Nodes, path: Path) -> Any:
    node = n.node("ShaderNodeTexImage", image=bpy.data.images.load(str(path)))
    node.image.colorspace_settings.name = "Non-Color"
    return node.outputs["Color"]


def eye(picture: Any) -> Any:
    """An eyeball under its clear coat; `picture` is laid on by texture coordinates."""
    n = Nodes("eye")
    node = n.node("ShaderNodeTexImage", image=picture)
    n.put(
        Base_Color=node.outputs["Color"],
        Roughness=0.25,
        Coat_Weight=1.0,
        Coat_Roughness=0.02,
        Subsurface_Weight=0.06,
        Subsurface_Scale=0.02,
        Subsurface_Radius=_SCATTER,
    )
    return n.material


def teeth() -> Any:
    """Teeth, a little yellower and darker towards the gaps between them and to the back."""
    n = Nodes("teeth")
    split = n.node("ShaderNodeSeparateXYZ")
    n.plug(n.rest(), split.inputs[0])
    wave = n.maths(
        "ABSOLUTE", n.maths("SINE", n.maths("MULTIPLY", split.outputs[0], _TOOTH), 0.0), 0.0
    )
    colour = n.mix(n.region("gap"), (0.95, 0.85, 0.70), (0.40, 0.27, 0.20))
    colour = n.mix(
        n.maths("MULTIPLY", n.between(wave, 0.16, 0.02), 0.4), colour, (0.42, 0.30, 0.24)
    )
    colour = n.mix(n.region("gum"), colour, (0.42, 0.12, 0.11))
    n.put(Base_Color=colour, Roughness=0.22, Coat_Weight=0.4, Subsurface_Weight=0.2)
    n.put(Subsurface_Radius=(0.6, 0.5, 0.4), Subsurface_Scale=0.02)
    n.put(Emission_Color=colour, Emission_Strength=_TOOTH_GLOW)
    return n.material


def tongue() -> Any:
    """Wet and rough."""
    n = Nodes("tongue")
    colour = n.mix(n.between(n.noise(30.0, 4), 0.3, 0.7), (0.46, 0.15, 0.14), (0.60, 0.24, 0.22))
    n.put(Base_Color=colour, Roughness=0.33, Subsurface_Weight=0.25, Subsurface_Scale=0.03)
    n.bump(n.noise(60.0, 3), 0.25, 0.01)
    return n.material


def cloth(colour: Colour) -> Any:
    """A knitted shirt."""
    n = Nodes("cloth")
    n.put(
        Base_Color=n.mix(
            n.between(n.noise(14.0, 5), 0.3, 0.7), _times(colour, 0.88, 0.88, 0.88), colour
        )
    )
    worn = n.region("worn")
    n.put(Alpha=n.maths("GREATER_THAN", worn, 0.0), Roughness=0.9, Sheen_Weight=0.3)
    n.bump(n.noise(48.0, 3, 0.7), 0.5, 0.015)
    return n.material


def lashes() -> Any:
    """Lashes on MakeHuman's two bands: dark, and clear between the hairs."""
    n = Nodes("lash")
    split = n.node("ShaderNodeSeparateXYZ")
    n.plug(n.node("ShaderNodeUVMap").outputs[0], split.inputs[0])
    wave = n.maths("SINE", n.maths("MULTIPLY", split.outputs[0], 5200.0), 0.0)
    n.put(Base_Color=(0.012, 0.009, 0.007), Roughness=0.5)
    n.put(Alpha=n.maths("MULTIPLY", n.between(wave, 0.1, 0.8), n.region("lash")))
    return n.material


def strand(name: str, colour: Colour, rough: float = 0.24) -> Any:
    """Hair after Chiang et al., A Practical and Controllable Hair and Fur Model (2016)."""
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    tree = material.node_tree
    tree.nodes.clear()
    node = tree.nodes.new("ShaderNodeBsdfHairPrincipled")
    node.parametrization = "COLOR"
    node.inputs["Roughness"].default_value = rough
    node.inputs["Random Roughness"].default_value = 0.3
    info = tree.nodes.new("ShaderNodeHairInfo")
    ramp = tree.nodes.new("ShaderNodeMix")
    ramp.data_type = "RGBA"
    ramp.inputs[6].default_value = (*_times(colour, 0.55, 0.55, 0.55), 1.0)
    ramp.inputs[7].default_value = (*_times(colour, 1.6, 1.5, 1.4), 1.0)
    tree.links.new(info.outputs["Random"], ramp.inputs[0])
    tree.links.new(ramp.outputs[2], node.inputs["Color"])
    out = tree.nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(node.outputs[0], out.inputs[0])
    return material
