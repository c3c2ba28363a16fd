import ctypes
import json
import os
import subprocess
import sys
import textwrap
import unittest
from typing import Any

from oss_resumable import _library, _native
import oss_resumable as oss

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
STRUCTS = {
    "oss_resumable_callback_t": _native.CallbackT,
    "oss_resumable_config_t": _native.ConfigT,
    "oss_resumable_credentials_t": _native.CredentialsT,
    "oss_resumable_header_t": _native.HeaderT,
    "oss_resumable_params_t": _native.ParamsT,
    "oss_resumable_progress_t": _native.ProgressT,
    "oss_resumable_source_t": _native.SourceT,
}
# Not needed here: start, wait and progress do it all, and all headers are copied at once.
UNUSED = {"oss_resumable_upload_file", "oss_resumable_result_header"}


def load() -> Any:
    with open(os.path.join(ROOT, "tests", "abi.json"), encoding="utf-8") as file:
        return json.load(file)


class Abi(unittest.TestCase):
    def setUp(self) -> None:
        self.abi = load()

    def test_structs_have_the_sizes_and_offsets_of_the_abi(self) -> None:
        self.assertEqual(set(STRUCTS), set(self.abi["structs"]))
        for name, struct in STRUCTS.items():
            wanted = self.abi["structs"][name]
            self.assertEqual(wanted["size"], ctypes.sizeof(struct), name)
            self.assertEqual(wanted["align"], ctypes.alignment(struct), name)
            fields = [
                (field, getattr(struct, field).offset, getattr(struct, field).size)
                for field, *_ in struct._fields_
            ]
            self.assertEqual(
                [(field["name"], field["offset"], field["size"]) for field in wanted["fields"]],
                fields,
                name,
            )

    def test_codes_stages_and_constants_are_those_of_the_abi(self) -> None:
        codes = {"OSS_RESUMABLE_E_" + code.name: int(code) for code in oss.Code}
        codes.update(OSS_RESUMABLE_OK=_native.OK, OSS_RESUMABLE_PENDING=_native.PENDING)
        self.assertEqual(self.abi["codes"], codes)
        stages = {"OSS_RESUMABLE_STAGE_" + stage.name: int(stage) for stage in oss.Stage}
        self.assertEqual(self.abi["stages"], stages)
        constants = {
            "OSS_RESUMABLE_AUTO": oss.AUTO,
            "OSS_RESUMABLE_SOURCE_FILE": _native.SOURCE_FILE,
            "OSS_RESUMABLE_SOURCE_MEMORY": _native.SOURCE_MEMORY,
        }
        enums: Any = {
            "ENDPOINT": oss.EndpointType,
            "LOG": oss.LogLevel,
            "VERIFY": oss.Verify,
            "WARN": oss.Warn,
        }
        for prefix, enum in enums.items():
            constants.update(
                ("OSS_RESUMABLE_{}_{}".format(prefix, member.name), int(member)) for member in enum
            )
        self.assertEqual(self.abi["constants"], constants)

    def test_functions_take_as_many_arguments_as_in_the_abi(self) -> None:
        declared = {"oss_resumable_" + name for name in _native.SIGNATURES}
        self.assertEqual(set(self.abi["functions"]) - UNUSED, declared)
        for name, (_, arguments) in _native.SIGNATURES.items():
            text = self.abi["functions"]["oss_resumable_" + name]
            inside = text[text.index("(") + 1 : -1]
            count = 0 if inside == "void" else len(inside.split(","))
            self.assertEqual(count, len(arguments), name)

    def test_the_version_is_that_of_the_abi_and_of_the_library(self) -> None:
        self.assertEqual(self.abi["version_number"], _native.VERSION_NUMBER)
        self.assertEqual(self.abi["version"], oss.__version__)
        self.assertEqual(oss.library_version, oss.__version__)

    def test_a_library_of_another_minor_version_is_refused_and_one_of_another_patch_is_not(
        self,
    ) -> None:
        _library.check_version(_native.VERSION_NUMBER + 1, "lib.so")
        for other in (_native.VERSION_NUMBER + 100, _native.VERSION_NUMBER + 10000):
            with self.assertRaisesRegex(ImportError, "lib.so is version .* made for 0.1.x"):
                _library.check_version(other, "lib.so")

    def test_a_library_that_is_missing_is_named_in_the_error(self) -> None:
        environment = dict(os.environ, OSS_RESUMABLE_LIBRARY="/nowhere/lib.so")
        run = subprocess.run(
            [sys.executable, "-c", "import oss_resumable"],
            env=environment,
            stderr=subprocess.PIPE,
        )
        self.assertEqual(run.returncode, 1)
        self.assertIn(b"/nowhere/lib.so", run.stderr)
        self.assertIn(b"OSS_RESUMABLE_LIBRARY", run.stderr)


class Readme(unittest.TestCase):
    def test_the_first_block_of_the_readme_is_the_sample_of_the_example(self) -> None:
        here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
        with open(os.path.join(here, "example.py"), encoding="utf-8") as file:
            sample = file.read().split("# sample: begin\n")[1].split("    # sample: end")[0]
        with open(os.path.join(here, "README.md"), encoding="utf-8") as file:
            block = file.read().split("```python\n")[1].split("```\n")[0]
        self.assertEqual(textwrap.dedent(sample), block)


if __name__ == "__main__":
    unittest.main()
