# SPDX-License-Identifier: Apache-2.0
"""The private C runtime: only what the distribution's own key signed is unpacked.

apt-get is the real one; the mirrors are the test's.
"""

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from infra.environment import donors, runtime
from infra.environment.donors import Donor, Source, find_sources
from infra.environment.problem import EnvironmentProblem
from tests.support.apt_mirror import PROGRAMS, Key, make_key, mirror
from tests.support.file_server import Site, serve

HOST, RELEASE = "bookworm", "trixie"
SERVED = {"libc6": "2.41-12", "libstdc++6": "14.2.0-19", "libgcc-s1": "14.2.0-19"}
POISON = {"libc6": "9999:1", "libstdc++6": "9999:1", "libgcc-s1": "9999:1"}


@dataclass
class Machine:
    """A host with apt's sources, and the mirrors that they name."""

    folder: Path
    own: Key
    foreign: Key
    donor: Donor
    sites: list[Site] = field(default_factory=list)

    def name(self, pages: dict[str, bytes], line: str) -> None:
        """Add a source; `URL` in its line stands for the address of a mirror."""
        site = self.sites[sum(bool(site.pages) for site in self.sites)]
        site.pages = pages
        sources = self.folder / "etc/sources.list"
        with sources.open("a") as file:
            file.write(line.replace("URL", site.url) + "\n")

    def install(self) -> donors.Packages:
        """Install the runtime as the bootstrap does."""
        return runtime.install(
            self.folder / "runtime",
            self.folder / "apt",
            HOST,
            self.donor,
            self.folder / "etc",
        )

    def build(self, suite: str, versions: dict[str, str], key: Key | None) -> dict:
        """Build the files of a mirror."""
        return mirror(self.folder / "build", suite, versions, key)

    def name_the_archive(self) -> None:
        """Add the distribution's own archive."""
        self.name(self.build(RELEASE, SERVED, self.own), "deb URL bookworm main")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Key, Key]:
    """The distribution's key, and that of somebody else."""
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    if absent:
        pytest.skip(f"to build and read an archive: no {', '.join(absent)} here")
    # The socket of gpg's agent has a short path only.
    folder = tmp_path_factory.mktemp("k")
    return make_key(folder / "own"), make_key(folder / "foreign")


@pytest.fixture
def machine(
    tmp_path: Path, keys: tuple[Key, Key], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Machine]:
    """A host whose sources name no mirror yet; two are running."""
    for name in ("etc/sources.list.d", "build"):
        (tmp_path / name).mkdir(parents=True)
    # A host that trusts everybody.
    settings = tmp_path / "trusting.conf"
    settings.write_text(
        'APT::Get::AllowUnauthenticated "true";\n'
        'Acquire::AllowInsecureRepositories "true";\n'
        'Acquire::http::Proxy::127.0.0.1 "DIRECT";\n'
    )
    monkeypatch.setenv("APT_CONFIG", str(settings))
    own, foreign = keys
    donor = Donor(RELEASE, own.keyring, "keys", SERVED)
    with serve(Site()) as first, serve(Site()) as second:
        yield Machine(tmp_path, own, foreign, donor, [first, second])


def _library(machine: Machine, name: str) -> str:
    return (machine.folder / "runtime" / f"{name}.so.1").read_text()


def test_what_the_archive_signed_is_unpacked_and_recorded(machine: Machine) -> None:
    machine.name_the_archive()
    installed = machine.install()
    for name, version in SERVED.items():
        deb = machine.folder / "build" / f"{name}_{version}_amd64.deb"
        digest = hashlib.sha256(deb.read_bytes()).hexdigest()
        assert installed[name] == {"version": version, "sha256": digest}
        assert _library(machine, name) == version
    assert not (machine.folder / "apt").exists()


@pytest.mark.parametrize(
    "options",
    [
        "[trusted=yes]",
        "[allow-insecure=yes]",
        "[trusted=yes allow-insecure=yes allow-weak=yes]",
        "[signed-by=FOREIGN]",
    ],
)
def test_newer_packages_of_somebody_else_are_not_taken(
    machine: Machine, options: str
) -> None:
    key = machine.foreign if "signed-by" in options else None
    options = options.replace("FOREIGN", str(machine.foreign.keyring))
    poison = machine.build(RELEASE, POISON, key)
    machine.name(poison, f"deb {options} URL bookworm main")
    machine.name_the_archive()
    machine.install()
    assert _library(machine, "libc6") == SERVED["libc6"]
    # The source was asked, so it was for the signature that it was not taken.
    assert any("Release" in path for path, _ in machine.sites[0].requests)


@pytest.mark.parametrize("is_signed", [False, True])
def test_without_the_archives_signature_nothing_is_taken(
    machine: Machine, is_signed: bool
) -> None:
    key = machine.foreign if is_signed else None
    pages = machine.build(RELEASE, SERVED, key)
    machine.name(pages, "deb [trusted=yes] URL bookworm main")
    with pytest.raises(EnvironmentProblem, match="No mirror that the host names") as e:
        machine.install()
    assert "signed" in str(e.value)
    assert not (machine.folder / "runtime").exists()


def test_package_that_differs_from_the_signed_list_is_not_taken(
    machine: Machine,
) -> None:
    machine.name_the_archive()
    pages = machine.sites[0].pages
    path = next(path for path in pages if "libc6" in path)
    content = pages[path]
    pages[path] = content[:-1] + bytes([content[-1] ^ 1])
    with pytest.raises(EnvironmentProblem, match="Hash Sum mismatch"):
        machine.install()
    assert not (machine.folder / "runtime").exists()


def test_security_update_of_the_same_mirror_is_taken(machine: Machine) -> None:
    fixed = {"libc6": "2.41-12+deb13u9"}
    machine.name_the_archive()
    pages = machine.build("trixie-security", fixed, machine.own)
    machine.name(pages, "deb URL bookworm-security main")
    assert machine.install()["libc6"]["version"] == fixed["libc6"]
    assert _library(machine, "libc6") == fixed["libc6"]


def test_mirror_without_the_security_suite_is_said(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.name_the_archive()
    machine.name({"/": b""}, "deb URL bookworm-security main")
    assert machine.install()["libc6"]["version"] == SERVED["libc6"]
    assert "no security suite" in capsys.readouterr().out


def test_version_below_that_of_the_repository_is_refused(machine: Machine) -> None:
    newer = {**SERVED, "libc6": "2.41-12+deb13u5"}
    machine.donor = replace(machine.donor, oldest=newer)
    machine.name_the_archive()
    message = r"Expected libc6 2.41-12\+deb13u5 .* Received 2.41-12 from"
    with pytest.raises(EnvironmentProblem, match=message):
        machine.install()
    assert not (machine.folder / "runtime").exists()


def test_version_above_that_of_the_repository_is_accepted(machine: Machine) -> None:
    machine.donor = replace(machine.donor, oldest={**SERVED, "libc6": "2.41-2"})
    machine.name_the_archive()
    assert machine.install()["libc6"]["version"] == SERVED["libc6"]


def test_other_release_of_the_archive_is_refused(machine: Machine) -> None:
    """The same key signs all releases of an archive."""
    build = machine.folder / "build"
    pages = mirror(build, RELEASE, POISON, machine.own, codename="sid")
    machine.name(pages, "deb URL bookworm main")
    with pytest.raises(EnvironmentProblem, match="serve trixie. Received sid"):
        machine.install()


def test_missing_keys_are_named_with_their_package(machine: Machine) -> None:
    absent = machine.folder / "absent.gpg"
    machine.donor = replace(machine.donor, keyring=absent)
    machine.name_the_archive()
    with pytest.raises(EnvironmentProblem, match="apt-get install keys"):
        machine.install()


def test_host_without_a_source_of_its_release_is_refused(machine: Machine) -> None:
    machine.name({"/": b""}, "deb URL bookworm-security main\ndeb URL bookworm stable")
    with pytest.raises(EnvironmentProblem, match="No source of apt has the suite"):
        machine.install()


class TestSources:
    def test_of_stanzas_address_and_suite_alone_are_taken(self) -> None:
        text = (
            "# main\nTypes: deb deb-src\nURIs: mirror://a\n mirror://b\n"
            "Suites: bookworm bookworm-updates\nComponents: main contrib\n"
            "Signed-By: /keys/x.gpg\nTrusted: yes\nAllow-Insecure: yes\n\n"
            "Types: deb\nURIs: mirror://c\nSuites: bookworm-security\n"
            "components: main\n\n"
            "Types: deb\nURIs: mirror://d\nSuites: cloud-sdk-bookworm bookworm-pgdg\n"
            "Components: main\n\n"
            "Types: deb-src\nURIs: mirror://e\nSuites: bookworm\nComponents: main\n\n"
            "Types: deb\nURIs: mirror://f\nSuites: bookworm\nComponents: stable\n\n"
            "Enabled: no\nTypes: deb\nURIs: mirror://g\nSuites: bookworm\n"
            "Components: main\n"
        )
        assert find_sources(text, True, HOST, RELEASE) == [
            Source("mirror://a mirror://b", "trixie"),
            Source("mirror://c", "trixie-security"),
        ]

    def test_of_lines_address_and_suite_alone_are_taken(self) -> None:
        text = (
            "deb [trusted=yes signed-by=/keys/x.gpg] mirror://a bookworm main contrib\n"
            "deb mirror://b bookworm-security/updates main\n"
            "deb mirror://c bookworm/updates main\n"
            "deb-src mirror://d bookworm main\n"
            "# deb mirror://e bookworm main\n"
            "deb mirror://f bookworm stable\n"
        )
        assert find_sources(text, False, HOST, RELEASE) == [
            Source("mirror://a", "trixie"),
            Source("mirror://b", "trixie-security/updates"),
            Source("mirror://c", "trixie/updates"),
        ]

    def test_every_source_is_written_with_the_archives_keys(
        self, tmp_path: Path
    ) -> None:
        keyring = tmp_path / "keys.gpg"
        keyring.touch()
        donor = Donor(RELEASE, keyring, "keys", {})
        sources = [Source("mirror://a", "trixie"), Source("mirror://b", "trixie")]
        donors.write_sources(sources * 2, donor, tmp_path / "x.sources")
        text = (tmp_path / "x.sources").read_text()
        assert text.count("URIs: ") == 2
        assert text.count(f"Signed-By: {keyring}\n") == 2
        assert "trusted" not in text.lower()


def test_unknown_release_is_refused_with_what_to_do() -> None:
    with pytest.raises(EnvironmentProblem, match="Received glibc 2.34 on nine"):
        runtime.find_donor("nine", (2, 34))


@pytest.mark.skipif(
    shutil.which("dpkg") is None, reason="dpkg compares versions of packages"
)
def test_installed_runtime_is_outdated_only_below_the_repositorys_versions() -> None:
    oldest = donors.DONORS[HOST].oldest
    now = {name: {"version": version} for name, version in oldest.items()}
    assert not donors.is_outdated(now, HOST)
    assert not donors.is_outdated(now | {"libc6": {"version": "2.99-1"}}, HOST)
    assert donors.is_outdated(now | {"libc6": {"version": "2.41-1"}}, HOST)
    # Nothing is known, or nothing is needed.
    assert not donors.is_outdated(None, HOST)
    assert not donors.is_outdated(now | {"libc6": {"version": "1"}}, "sid")
