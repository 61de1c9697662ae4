"""LibreOffice without a screen: recalculates a workbook and hands back the values."""

import shutil
import subprocess
from pathlib import Path

import openpyxl

_ALWAYS = """\
<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop>
</item>
</oor:items>
"""


def program() -> str | None:
    """Return where LibreOffice is, or None."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def recalculated(folder: Path, *workbooks: bytes) -> list[openpyxl.Workbook]:
    """Let LibreOffice recalculate every formula of the workbooks; return them with values."""
    user, out = folder / "user", folder / "out"
    (user / "user").mkdir(parents=True, exist_ok=True)
    (user / "user" / "registrymodifications.xcu").write_text(_ALWAYS)
    paths = []
    for number, workbook in enumerate(workbooks):
        paths.append(folder / f"book{number}.xlsx")
        paths[-1].write_bytes(workbook)
    command = [
        program() or "soffice",
        f"-env:UserInstallation=file://{user}",
        "--headless",
        "--convert-to",
        "xlsx",
        "--outdir",
        str(out),
        *map(str, paths),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return [openpyxl.load_workbook(out / path.name, data_only=True) for path in paths]
