"""Wrong programs whose `if` and `while` are to become part of the graph: what is to be said.

Each: the source, and the parts that the message ought to have. No test asks for them yet.
"""

from __future__ import annotations

from typing import Final

PLANNED: Final = {
    "left_undefined": (
        "if x[0] > 0:\n    y = x\nreturn y",
        ("'y'", "line of the `if`", "give `y` a value before the `if`"),
    ),
    "branches_of_different_shapes": (
        "if x[0] > 0:\n    y = x\nelse:\n    y = x[:2]\nreturn y",
        ("'y'", "f64[3]", "f64[2]", "both lines"),
    ),
    "branches_of_different_dtypes": (
        "y = x if x[0] > 0 else x.astype(np.float32)\nreturn y",
        ("f64[3]", "f32[3]", "both lines", "astype"),
    ),
    "returns_of_different_shapes": (
        "if x[0] > 0:\n    return x\nreturn x[0]",
        ("return", "f64[3]", "f64[]", "both lines"),
    ),
    "returns_nothing_on_one_way": (
        "if x[0] > 0:\n    return x",
        ("return", "None", "f64[3]", "return an array on both ways"),
    ),
    "carry_that_changes_shape": (
        "while x.sum() < 9:\n    x = np.append(x, 1.0)\nreturn x",
        ("'x'", "f64[3]", "f64[4]", "both lines", "a fixed size"),
    ),
    "carry_that_changes_dtype": (
        "n = 0\nwhile n < x[2]:\n    n = n + 0.5\nreturn n",
        ("'n'", "int", "f64", "start with 0.0"),
    ),
    "list_that_grows": (
        "out = []\nwhile x[0] < 9:\n    x = x * 2\n    out.append(x)\nreturn out",
        ("'out'", "append", "an array of a fixed size"),
    ),
    "first_set_in_a_loop": (
        "while x[0] < 9:\n    y = x * 2\n    x = y\nreturn y",
        ("'y'", "the loop may never run", "before the loop"),
    ),
    "different_structures": (
        "y = (x, x) if x[0] > 0 else x\nreturn y",
        ("a tuple of 2", "f64[3]", "both lines"),
    ),
    "exec_without_source": (
        "if x[0] > 0:\n    return x\nreturn -x",
        ("source", "np.where or gl.cond"),
    ),
}
