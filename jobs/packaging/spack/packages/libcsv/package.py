# SPDX-License-Identifier: GPL-3.0-or-later
"""libcsv for Spack, which has no recipe of its own for it."""
from spack.package import *


class Libcsv(AutotoolsPackage):
    """A small, simple and fast CSV library, written in pure ANSI C89, that reads RFC 4180."""

    homepage = "https://github.com/rgamble/libcsv"
    git = "https://github.com/rgamble/libcsv.git"

    license("LGPL-2.1-or-later")

    version("master", branch="master")

    depends_on("c", type="build")
    depends_on("autoconf", type="build")
    depends_on("automake", type="build")
    depends_on("libtool", type="build")
