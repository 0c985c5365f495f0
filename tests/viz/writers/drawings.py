"""A drawing with every shape in it."""

from gradloom.viz.drawing import Curve, Disc, Drawing, Group, Line, Polygon, Rect, Text

EVERYTHING = Drawing(
    200, 120,
    (
        Rect(10, 10, 40, 20, "hue0", "ink", 2, radius=5),
        Rect(60, 10, 40, 20, "", "bad", 2, dash=(6, 4)),
        Disc(130, 20, 10, "hue1", "ink"),
        Polygon(((150, 10), (190, 10), (170, 30)), "hue2"),
        Line(((10, 50), (190, 50)), "ink", 2, (8, 8)),
        Curve(((10, 90), (60, 60), (120, 120), (190, 90)), "accent", 2, arrow=True),
        Group((Text(20, 110, "flat", 12), Text(195, 110, "up", 12, turned=True)), "a tip", "g"),
    ),
    "All shapes", "one of each",
)  # fmt: skip
