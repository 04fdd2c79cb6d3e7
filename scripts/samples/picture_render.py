"""Draws scenes of vision_tasks.py with PyTorch, thousands at a time on a GPU: things are glyphs of an atlas of signed distances, moved and coloured."""
import math

import torch

from vision_tasks import COLOURS, GLYPHS

ATLAS_SIZE = 64
REACH = 1.3  # half the side of a glyph's field, in radii
STROKE = 0.19
MAX_THINGS = 6
FIELDS = 8  # of a thing: glyph, x, y, radius, angle, red, green, blue; lengths in pixels


def arc(cx, cy, rx, ry, start, end, steps=14):
    """Points on an ellipse; degrees, from the right, downwards."""
    turns = [math.radians(start + (end - start) * i / steps) for i in range(steps + 1)]
    return [(cx + rx * math.cos(t), cy + ry * math.sin(t)) for t in turns]


def spikes(count, inner):
    return [((1, inner)[i % 2] * math.sin(math.pi * i / count), -(1, inner)[i % 2] * math.cos(math.pi * i / count)) for i in range(2 * count)]


def heart():
    turns = [2 * math.pi * i / 40 for i in range(40)]
    return [(math.sin(t) ** 3, -(13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)) / 16) for t in turns]


A = 0.34
POLYGONS = {
    "circle": arc(0, 0, 0.95, 0.95, 0, 360, 48)[:-1],
    "square": [(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)],
    "triangle": [(0, -1), (0.98, 0.85), (-0.98, 0.85)],
    "star": spikes(5, 0.42),
    "cross": [(-A, -1), (A, -1), (A, -A), (1, -A), (1, A), (A, A), (A, 1), (-A, 1), (-A, A), (-1, A), (-1, -A), (-A, -A)],
    "heart": heart(),
    "diamond": [(0, -1.1), (0.66, 0), (0, 1.1), (-0.66, 0)],
}
STROKES = {
    "ring": [arc(0, 0, 0.78, 0.78, 0, 360, 48)],
    "0": [arc(0, 0, 0.52, 0.85, 0, 360, 32)],
    "1": [[(-0.32, -0.5), (0.08, -0.85), (0.08, 0.85)]],
    "2": [arc(0, -0.4, 0.5, 0.45, 180, 390) + [(-0.5, 0.85), (0.52, 0.85)]],
    "3": [arc(-0.05, -0.43, 0.5, 0.42, 210, 450), arc(-0.05, 0.42, 0.56, 0.43, 270, 510)],
    "4": [[(0.25, 0.85), (0.25, -0.85), (-0.55, 0.32), (0.58, 0.32)]],
    "5": [[(0.45, -0.85), (-0.4, -0.85), (-0.45, -0.08)] + arc(-0.02, 0.33, 0.52, 0.52, 230, 500)],
    "6": [arc(0.5, 0.25, 1.0, 1.15, 255, 180) + arc(0, 0.38, 0.5, 0.47, 180, 540, 24)],
    "7": [[(-0.52, -0.85), (0.52, -0.85), (-0.12, 0.85)]],
    "8": [arc(0, -0.43, 0.44, 0.42, 0, 360, 24), arc(0, 0.42, 0.54, 0.43, 0, 360, 24)],
    "9": [arc(-0.5, -0.25, 1.0, 1.15, 75, 0) + arc(0, -0.38, 0.5, 0.47, 0, -360, 24)],
}


def distance_to(points, segments):
    """Distance of each point [P, 2] to the nearest of the segments [S, 2, 2]."""
    start, along = segments[:, 0], segments[:, 1] - segments[:, 0]
    offset = points[:, None] - start
    share = ((offset * along).sum(-1) / (along * along).sum(-1).clamp(min=1e-9)).clamp(0, 1)
    return (offset - share[..., None] * along).norm(dim=-1).amin(1)


def inside(points, segments):
    """Whether a ray to the right crosses the outline an odd number of times."""
    (x0, y0), (x1, y1) = segments[:, 0].T, segments[:, 1].T
    x, y = points[:, :1], points[:, 1:]
    crosses = ((y0 <= y) != (y1 <= y)) & (x < x0 + (y - y0) * (x1 - x0) / torch.where(y1 == y0, 1.0, y1 - y0))
    return crosses.sum(1) % 2 == 1


def segments_of(line, closed):
    points = torch.tensor(line, dtype=torch.float32)
    return torch.stack([points, points.roll(-1, 0)], 1) if closed else torch.stack([points[:-1], points[1:]], 1)


def atlas():
    """[glyphs, 1, size, size]: how far inside of the glyph a point lies, in radii; negative outside."""
    axis = (torch.arange(ATLAS_SIZE, dtype=torch.float32) + 0.5) / ATLAS_SIZE * 2 - 1
    points = torch.stack(torch.meshgrid(axis, axis, indexing="xy"), -1).reshape(-1, 2) * REACH
    fields = []
    for glyph in GLYPHS:
        if glyph in POLYGONS:
            segments = segments_of(POLYGONS[glyph], True)
            distance = distance_to(points, segments)
            fields.append(torch.where(inside(points, segments), distance, -distance))
        else:
            segments = torch.cat([segments_of(line, False) for line in STROKES[glyph]])
            fields.append(STROKE - distance_to(points, segments))
    return torch.stack(fields).view(len(GLYPHS), 1, ATLAS_SIZE, ATLAS_SIZE)


def parameters(scene, width, height):
    """A scene as rows of FIELDS numbers, MAX_THINGS of them."""
    rows, least = [], min(width, height)
    for thing in scene.things:
        red, green, blue = (c + d for c, d in zip(COLOURS[thing.colour], thing.tint))
        rows.append((GLYPHS.index(thing.glyph), thing.x * width, thing.y * height, thing.radius * least, thing.angle, red, green, blue))
    return rows + [(0.0,) * FIELDS] * (MAX_THINGS - len(rows))


def render(things, backgrounds, width, height, fields, noise=None):
    """Pictures [N, 3, height, width], 0 to 255, of things [N, MAX_THINGS, FIELDS] on backgrounds [N, 3]; `fields` is the atlas."""
    picture = backgrounds[:, :, None, None].expand(-1, -1, height, width)
    for i in range(things.shape[1]):
        glyph, x, y, radius, angle = things[:, i, :5].unbind(1)
        side = radius.clamp(min=1e-3) * REACH
        cos, sin = angle.cos(), angle.sin()
        dx, dy = width / 2 - x, height / 2 - y
        move = torch.stack([torch.stack([cos * width / 2, sin * height / 2, cos * dx + sin * dy], 1),
                            torch.stack([-sin * width / 2, cos * height / 2, cos * dy - sin * dx], 1)], 1) / side[:, None, None]
        where = torch.nn.functional.affine_grid(move, (len(things), 1, height, width), align_corners=False)
        depth = torch.nn.functional.grid_sample(fields[glyph.long()], where, padding_mode="border", align_corners=False)
        cover = (depth * radius[:, None, None, None] + 0.5).clamp(0, 1) * (radius > 0)[:, None, None, None]
        picture = torch.lerp(picture, things[:, i, 5:, None, None], cover)
    if noise is not None:
        picture = picture + noise[:, None, None, None] * torch.randn_like(picture)
    return picture.clamp(0, 255).round()
