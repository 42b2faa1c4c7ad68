"""Which build this is."""

import os
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version


def version() -> str:
    """Return the version of the installed distribution."""
    try:
        return installed_version("claimwire")
    except PackageNotFoundError:
        return "unknown"


def revision() -> str:
    """Return the source revision that an image was built from, if it says so."""
    return os.environ.get("CLAIMWIRE_REVISION", "unknown")
