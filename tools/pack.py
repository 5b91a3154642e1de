#!/usr/bin/env python3
"""Packs everything that is published into artifacts/packages: packages with documentation, and a bill of materials in each (CycloneDX 1.6).

    python3 tools/pack.py

Equal sources give equal packages, byte for byte, with one version of the SDK: sources are compiled with paths relative to the repository, and packages are
written anew with sorted entries, no times and no random names. SHA-256 of every package is printed and written to SHA256SUMS.
"""

import base64
import hashlib
import io
import json
import re
import subprocess
import sys
import uuid
import zipfile
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "artifacts" / "packages"
BILL = "bom.cdx.json"
EPOCH = (1980, 1, 1, 0, 0, 0)


def resolved(lock):
    """Every package that a project takes, direct or not, and what each depends on, from its lock file."""
    packages = json.loads(lock.read_text())["dependencies"]
    return {name: entry for framework in packages.values() for name, entry in framework.items()}


def component(name, entry):
    digest = base64.b64decode(entry["contentHash"]).hex()
    reference = f"pkg:nuget/{name}@{entry['resolved']}"
    return {"type": "library", "bom-ref": reference, "name": name, "version": entry["resolved"], "purl": reference,
            "hashes": [{"alg": "SHA-512", "content": digest}]}


def bill(identity, version, entries):
    """A bill of materials. Packages are what the lock file resolved; projects are this repository's own, of the same version."""
    own = f"pkg:nuget/{identity}@{version}"
    references = {name: f"pkg:nuget/{name}@{entry.get('resolved', version)}" for name, entry in entries.items()}
    lower = {name.lower(): reference for name, reference in references.items()}
    components = [component(name, entry) if "resolved" in entry else
                  {"type": "library", "bom-ref": references[name], "name": name, "version": version, "purl": references[name]}
                  for name, entry in sorted(entries.items())]
    depends = [{"ref": references[name], "dependsOn": sorted(lower[needed.lower()] for needed in entry.get("dependencies", {}) if needed.lower() in lower)}
               for name, entry in sorted(entries.items())]
    direct = sorted(references[name] for name, entry in entries.items() if entry["type"] in ("Direct", "Project"))
    document = {
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "metadata": {"component": {"type": "library", "bom-ref": own, "name": identity, "version": version, "purl": own,
                                   "licenses": [{"license": {"id": "Apache-2.0"}}]}},
        "components": components, "dependencies": [{"ref": own, "dependsOn": direct}] + depends}
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(document, sort_keys=True))
    return json.dumps({"$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json", "serialNumber": f"urn:uuid:{serial}", **document}, indent=2).encode()


def identity_of(nuspec):
    metadata = next(child for child in ElementTree.fromstring(nuspec) if child.tag.endswith("metadata"))
    fields = {child.tag.split("}")[-1]: child.text for child in metadata}
    return fields["id"], fields["version"]


def rewrite(package, locks):
    """Writes a package anew: with its bill of materials, sorted, without times and random names."""
    with zipfile.ZipFile(package) as old:
        entries = {name: old.read(name) for name in old.namelist()}
    identity, version = identity_of(next(content for name, content in entries.items() if name.endswith(".nuspec")))
    entries[BILL] = bill(identity, version, resolved(locks[identity]))
    random_name = next(name for name in entries if name.endswith(".psmdcp"))
    fixed_name = f"package/services/metadata/core-properties/{hashlib.sha256(identity.encode()).hexdigest()[:32]}.psmdcp"
    entries[fixed_name] = entries.pop(random_name)
    links = entries["_rels/.rels"].decode().replace("/" + random_name, "/" + fixed_name)
    numbers = iter(range(1, 100))
    entries["_rels/.rels"] = re.sub(r'Id="[^"]*"', lambda _: f'Id="R{next(numbers)}"', links).encode()
    types = entries["[Content_Types].xml"].decode()
    if 'Extension="json"' not in types:
        entries["[Content_Types].xml"] = types.replace("</Types>", '<Default Extension="json" ContentType="application/octet" /></Types>').encode()
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(entries):
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            new.writestr(info, entries[name])
    package.write_bytes(written.getvalue())


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*.nupkg"):
        old.unlink()
    projects = sorted(ROOT.glob("src/*/*.csproj"))
    chosen = OUT.parent / "packages.slnf"
    chosen.write_text(json.dumps({"solution": {
        "path": str(ROOT / "Blindsight.slnx"), "projects": [str(project.relative_to(ROOT)) for project in projects]}}))
    subprocess.run(["dotnet", "pack", str(chosen), "-c", "Release", "-o", str(OUT), "-v", "q", "-nologo", "-p:RestoreLockedMode=true",
                    f"-p:PathMap={ROOT}/=/_/", "-p:EnableSourceLink=false", "-p:IncludeSourceRevisionInInformationalVersion=false"], check=True)
    locks = {}
    for project in projects:
        text = project.read_text()
        named = re.search(r"<PackageId>(.*)</PackageId>", text) or re.search(r"<AssemblyName>(.*)</AssemblyName>", text)
        locks[named.group(1) if named else f"Blindsight.{project.stem}"] = project.parent / "packages.lock.json"
    sums = []
    for package in sorted(OUT.glob("*.nupkg")):
        rewrite(package, locks)
        sums.append(f"{hashlib.sha256(package.read_bytes()).hexdigest()}  {package.name}")
    (OUT / "SHA256SUMS").write_text("\n".join(sums) + "\n")
    print("\n".join(sums))
    return 0 if sums else 1


if __name__ == "__main__":
    sys.exit(main())
