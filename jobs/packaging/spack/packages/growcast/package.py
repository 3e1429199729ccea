# SPDX-License-Identifier: GPL-3.0-or-later
"""growcast for Spack, built from a copy of its source: spack dev-build growcast@main

The names are those of Spack's own recipes (libcsv's stands beside this one). That they build
together, and the variants, are unchecked.
"""
from spack.package import *


class Growcast(MakefilePackage):
    """Fits, bootstraps and forecasts the growth of open-weight AI models, under MPI."""

    license("GPL-3.0-or-later")

    # dev-build takes the source from the current folder; nothing is fetched.
    version("main")

    depends_on("c", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("random123", type="build")
    # Other MPI libraries would need another name for pkg-config and other settings in jobs/. From
    # version 5 on, the daemons' keepalive settings have other names too.
    depends_on("openmpi@4 schedulers=slurm")
    depends_on("gsl@2.7:")
    depends_on("netcdf-c@4.8: ~mpi")
    depends_on("hdf5 ~mpi")
    depends_on("libinih")
    depends_on("libcsv")
    depends_on("jansson")
    depends_on("nettle")
    depends_on("yajl")
    depends_on("curl")
    depends_on("zlib-api")

    def setup_build_environment(self, env):
        # deps.sh looks for headers that pkg-config does not know with the compiler alone.
        for name in ("libcsv", "random123"):
            env.prepend_path("CPATH", self.spec[name].prefix.include)
        env.prepend_path("LIBRARY_PATH", self.spec["libcsv"].prefix.lib)

    def install(self, spec, prefix):
        make("install", f"PREFIX={prefix}")

    @run_after("install")
    @on_package_attributes(run_tests=True)
    def check_install(self):
        Executable(self.prefix.bin.growcast)("--version")
