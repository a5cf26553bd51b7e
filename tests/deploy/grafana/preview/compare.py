"""Names the pictures of two directories that differ; run in the environment that draws, see ``preview.txt``."""

import sys
from pathlib import Path

from matplotlib.testing.compare import compare_images

TOLERANCE = 0.3
"""Root of the mean square over all pixels, of 255. Another processor may round the edge of a line otherwise, which is
far less; a single other digit on a picture of a million pixels is three times as much."""


def main() -> int:
    """Arguments: the two directories. Exit code 1 when there is a difference."""
    one, other = map(Path, sys.argv[1:])
    names = sorted({path.name for directory in (one, other) for path in directory.glob("*.png")})
    unequal = [name for name in names if not equal(one / name, other / name)]
    print("\n".join(unequal))
    return int(bool(unequal))


def equal(one: Path, other: Path) -> bool:
    if not (one.exists() and other.exists()):
        return False
    try:
        return compare_images(str(one), str(other), TOLERANCE) is None
    except ValueError:  # the sizes differ
        return False


if __name__ == "__main__":
    sys.exit(main())
