import ast
from pathlib import Path

from fascicle.quality import _thresholds as limits


def test_every_threshold_is_a_number_with_a_reason():
    tree = ast.parse(Path(limits.__file__).read_text("utf-8"))

    names = [node.target.id for node in tree.body if isinstance(node, ast.AnnAssign)]
    documented = [
        before.target.id
        for before, after in zip(tree.body, tree.body[1:], strict=False)
        if isinstance(before, ast.AnnAssign)
        and isinstance(after, ast.Expr)
        and isinstance(after.value, ast.Constant)
    ]

    assert names == documented
    assert all(isinstance(getattr(limits, name), int | float) for name in names)


def test_a_failure_needs_more_than_a_warning():
    assert limits.FLAT_WARN_SHARE < limits.FLAT_FAIL_SHARE
    assert limits.CLIPPED_WARN_SHARE < limits.CLIPPED_FAIL_SHARE
