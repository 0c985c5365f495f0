"""interim"""
from __future__ import annotations
import functools
from types import FunctionType, MethodType
from typing import Any
from gradloom.frontend.source.find import Absent, definition
from gradloom.frontend.source.rebuild import rebuilt, classes_around
from gradloom.frontend.source.rewrite import rewritten

_cache: dict[Any, Any] = {}
def _user(file):
    return not (file.startswith(("<__array_function__", "/usr")) or "site-packages" in file or "/lib/python3" in file or ("/gradloom/" in file and "/demo/" not in file))

def converted(f):
    from gradloom.frontend.staging import runtime
    if isinstance(f, MethodType):
        g = converted(f.__func__)
        return MethodType(g, f.__self__) if g is not f.__func__ else f
    if type(f) is functools.partial:
        return functools.partial(converted(f.func), *f.args, **f.keywords)
    if type(f) is not FunctionType:
        return f
    if f in _cache: return _cache[f]
    code = f.__code__
    made = f
    if "_gl_" not in code.co_freevars and _user(code.co_filename):
        d = definition(code)
        if not isinstance(d, Absent):
            node = rewritten(d.node, classes_around(code))
            if node is not None:
                import ast, os
                if os.environ.get("SHOW"): print(ast.unparse(ast.fix_missing_locations(node)))
                made = rebuilt(f, node, {"_gl_": runtime})
    _cache[f] = made
    return made
