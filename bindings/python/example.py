#!/usr/bin/env python3
"""oss-upload: uploads one file to Alibaba Cloud OSS and resumes where an earlier run stopped.

The arguments and exit codes are those of bindings/c/examples/oss-upload.c.
"""

import argparse
import os
import signal
import sys
import time
from typing import Any, Dict, List

import oss_resumable as oss


def sample() -> None:
    # sample: begin
    import os
    import oss_resumable as oss

    config = oss.Config(
        region="cn-hangzhou",
        endpoint=os.environ.get("OSS_ENDPOINT"),  # None: the region's public one
        credentials_provider=oss.credentials.EnvironmentVariableCredentialsProvider(),
    )
    with oss.Client(config) as client:
        result = client.upload_file("examplebucket", "dir/big.bin", "big.bin", enable_checkpoint=True,
                                    part_size=oss.AUTO, parallel_num=oss.AUTO)
        print("stored, crc64", result.hash_crc64)
    # sample: end


PROGRAM = "oss-upload"

EXIT_CODES = {
    oss.Code.INVALID_ARGUMENT: 2,
    oss.Code.FILE: 4,
    oss.Code.FILE_CHANGED: 4,
    oss.Code.CHECKPOINT: 5,
    oss.Code.NETWORK: 3,
    oss.Code.COMMIT_UNKNOWN: 6,
    oss.Code.CANCELED: 130,
}

WARNINGS = {
    oss.Warn.RESUMABILITY_LOST: "the checkpoint could not be written, so this upload could not "
    "have been resumed",
    oss.Warn.CALLBACK_FAILED: "the object is stored, but the upload callback of OSS failed",
    oss.Warn.RESTARTED: "the earlier upload was gone on the server; everything was sent again",
    oss.Warn.PART_SIZE_RAISED: "the part size was raised so that the file fits into 10,000 parts",
    oss.Warn.CHECKPOINT_LEFT: "the checkpoint could not be deleted; it was emptied",
    oss.Warn.UPLOAD_LEFT: "an unfinished upload may be left on the server",
    oss.Warn.CALLBACK_REPLY_LOST: "the object is stored; what the upload callback's receiver "
    "answered was lost",
}


def say(text: str) -> None:
    """Text of others, such as a server's message, must not steer the terminal or break the line."""
    clean = "".join(" " if ord(c) < 0x20 or ord(c) == 0x7F else c for c in text)
    sys.stderr.write("{}: {}\n".format(PROGRAM, clean))


def number_or_auto(text: str) -> int:
    if text == "auto":
        return oss.AUTO
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError("neither a number from 1 nor 'auto'")
    return int(text)


def target(text: str) -> List[str]:
    bucket, slash, key = text[len("oss://") :].partition("/")
    if not text.startswith("oss://") or not bucket or not key:
        raise argparse.ArgumentTypeError("not of the form oss://BUCKET/KEY")
    return [bucket, key]


def header(text: str) -> List[str]:
    name, colon, value = text.partition(":")
    if not colon or not name:
        raise argparse.ArgumentTypeError("expected 'Name: value'")
    return [name, value.lstrip(" \t")]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        usage=PROGRAM + " FILE oss://BUCKET/KEY --region REGION [option]...",
        allow_abbrev=False,
        epilog="Credentials: OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET and, for temporary ones, "
        "OSS_SESSION_TOKEN in the environment; else OIDC (RRSA), the profile of the Alibaba Cloud "
        "CLI, or the RAM role of the ECS instance. Exit codes: 0 uploaded, 1 failed for good, "
        "2 usage, 3 try again later, 4 FILE, 5 checkpoint, 6 commit unknown, 130 canceled.",
    )
    add = parser.add_argument
    add("file", metavar="FILE")
    add("target", metavar="oss://BUCKET/KEY", type=target)
    add("--region", help="such as cn-hangzhou (default: what the endpoint tells)")
    add("--endpoint", help="[http://|https://]host[:port] (default: the region's public one)")
    add("--part-size", type=number_or_auto, default=oss.AUTO, help="bytes, or auto (the default)")
    add("--threads", type=number_or_auto, default=oss.AUTO, help="parts in flight, or auto")
    add("--checkpoint", help="a file, or an existing directory (default: FILE.ucp)")
    add("--no-checkpoint", action="store_true", help="do not resume, leave nothing to resume from")
    add("--sign", choices=("v1", "v4"), default="v4", help="the signature version")
    add("--header", type=header, action="append", default=[], metavar="'Name: value'")
    options = parser.parse_args()
    if options.region is None and options.endpoint is None:
        parser.error("--endpoint or --region is required")
    if options.no_checkpoint and options.checkpoint is not None:
        parser.error("--checkpoint and --no-checkpoint exclude each other")
    return options


class Display:
    """On a terminal one line that is overwritten; else one line a second."""

    upload: oss.Upload

    def __init__(self) -> None:
        self.is_terminal = sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self.started = time.monotonic()
        self.shown = -1.0

    def show(self, increment: int, consumed: int, total: int) -> None:
        now = time.monotonic()
        if not self.is_terminal and consumed < total and now - self.shown < 1:
            return
        self.shown = now
        share = consumed / total if total else 1.0
        bar = ("#" * int(share * 12)).ljust(12, "-")
        # What an earlier run sent does not count.
        sent = consumed - self.upload.progress().resumed_bytes
        speed = sent / max(now - self.started, 0.001) / 1e6
        line = "[{}] {:3d}%  {:.1f} MB/s".format(bar, int(share * 100), speed)
        sys.stderr.write("\r\033[K" + line if self.is_terminal else PROGRAM + ": " + line + "\n")
        sys.stderr.flush()

    def leave(self) -> None:
        if self.is_terminal and self.shown >= 0:
            sys.stderr.write("\n")


def upload(options: argparse.Namespace) -> oss.UploadResult:
    config = oss.Config(
        region=options.region,
        endpoint=options.endpoint,
        signature_version=options.sign,
        credentials_provider=oss.credentials.DefaultCredentialsProvider(),
        proxy_from_environment=True,
    )
    headers: Dict[str, Any] = dict(options.header)
    display = Display()
    try:
        with oss.Client(config) as client, client.start_upload(
            options.target[0],
            options.target[1],
            options.file,
            part_size=options.part_size,
            parallel_num=options.threads,
            enable_checkpoint=not options.no_checkpoint,
            checkpoint_path=options.checkpoint,
            headers=headers,
            progress_fn=display.show,
        ) as display.upload:
            return display.upload.result()
    finally:
        display.leave()


def print_warnings(warnings: oss.Warn) -> None:
    for bit, text in WARNINGS.items():
        if warnings & bit:
            say("warning: " + text)


def exit_code(error: oss.Error) -> int:
    if error.code in (oss.Code.SERVICE, oss.Code.CREDENTIALS):
        return 3 if error.retryable else 1
    return EXIT_CODES.get(error.code, 1)


def stop(number: int, frame: Any) -> None:
    """As Ctrl-C; a second signal of either kind ends the program at once."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    raise KeyboardInterrupt


def main() -> int:
    options = arguments()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Whoever started us with a signal ignored wants it to stay so.
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, stop)
    try:
        result = upload(options)
    except oss.Error as error:
        print_warnings(error.warnings)
        say(
            "E_{} oss_code={} request_id={}: {}".format(
                error.code.name, error.error_code or "-", error.request_id or "-", error.message
            )
        )
        return exit_code(error)
    except KeyboardInterrupt:
        say("E_CANCELED oss_code=- request_id=-: canceled; run the same command to resume")
        return 130
    print_warnings(result.warnings)
    print(
        "etag={} crc64={} request_id={} resumed_bytes={}".format(
            result.etag or "-", result.hash_crc64, result.request_id or "-", result.resumed_bytes
        ),
        flush=True,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
