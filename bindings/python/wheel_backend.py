"""Makes the wheel: the package and the shared library, for every Python from 3.8.

A build backend (PEP 517) without requirements, so that nothing is downloaded:

    OSS_RESUMABLE_LIBRARY=.../liboss_resumable.so pip wheel .

Needs Python 3.11 to build, for tomllib.
"""

import base64
import hashlib
import os
import platform
import re
import tomllib
import zipfile
from typing import Any, Dict, List, Optional, Tuple

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGE = os.path.join(HERE, "src", "oss_resumable")


def build_wheel(
    wheel_directory: str, config_settings: Any = None, metadata_directory: Optional[str] = None
) -> str:
    with open(os.path.join(HERE, "pyproject.toml"), "rb") as file:
        project = tomllib.load(file)["project"]
    library = os.environ.get("OSS_RESUMABLE_LIBRARY")
    if not library:
        raise SystemExit("OSS_RESUMABLE_LIBRARY must name the shared library to pack")
    with open(library, "rb") as file:
        binary = file.read()
    tag = "py3-none-" + platform_tag(binary)
    base = "oss_resumable-" + project["version"]
    info = base + ".dist-info/"
    files = [("oss_resumable/" + name, read(os.path.join(PACKAGE, name))) for name in sources()]
    files.append(("oss_resumable/_lib/" + os.path.basename(library), binary))
    files.append((info + "licenses/LICENSE", read(os.path.join(HERE, "..", "..", "LICENSE"))))
    files.append((info + "METADATA", metadata(project).encode()))
    files.append((info + "WHEEL", wheel_file(tag).encode()))
    name = "{}-{}.whl".format(base, tag)
    write(os.path.join(wheel_directory, name), files, info + "RECORD")
    return name


def build_sdist(sdist_directory: str, config_settings: Any = None) -> str:
    raise NotImplementedError("there is no source distribution: the engine is built in Rust")


def sources() -> List[str]:
    return sorted(name for name in os.listdir(PACKAGE) if name.endswith((".py", "py.typed")))


def read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def platform_tag(binary: bytes) -> str:
    """The oldest glibc that has all symbols which the library asks for."""
    machine = platform.machine()
    versions = [int(found) for found in re.findall(rb"GLIBC_2\.(\d+)\b", binary)]
    if not versions:
        return "linux_" + machine
    return "manylinux_2_{}_{}".format(max(versions + [17]), machine)


def metadata(project: Dict[str, Any]) -> str:
    lines = [
        "Metadata-Version: 2.1",
        "Name: " + project["name"],
        "Version: " + project["version"],
        "Summary: " + project["description"],
        "License: " + project["license"]["text"],
        "Keywords: " + ",".join(project["keywords"]),
        "Requires-Python: " + project["requires-python"],
        "Description-Content-Type: text/markdown",
    ]
    lines += ["Classifier: " + classifier for classifier in project["classifiers"]]
    readme = read(os.path.join(HERE, project["readme"])).decode()
    return "\n".join(lines) + "\n\n" + readme


def wheel_file(tag: str) -> str:
    return (
        "Wheel-Version: 1.0\nGenerator: oss-resumable\nRoot-Is-Purelib: false\nTag: " + tag + "\n"
    )


def write(path: str, files: List[Tuple[str, bytes]], record: str) -> None:
    lines = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            add(archive, name, data)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            lines.append("{},sha256={},{}\n".format(name, digest, len(data)))
        add(archive, record, "".join(lines + [record + ",,\n"]).encode())


def add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    """With a fixed time and mode, so that the same files make the same wheel."""
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.external_attr = 0o644 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, data)
