"""The role, run by Ansible itself on this machine, with a real nginx to test what it installed."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

import programs
from voorbehoud.cli import main

ROLES = Path(__file__).parents[1] / "deploy" / "ansible" / "roles"
DECLARATION = "declared-by: {name: E, contact: e@e.nl}\nsite: https://e.nl\nsince: 2026-11-01\n"
CONFIGURATION = """\
daemon off; pid {root}/pid; error_log {root}/error.log;
events {{ }}
http {{
    access_log off; client_body_temp_path {root}/t1; proxy_temp_path {root}/t2; fastcgi_temp_path {root}/t3;
    uwsgi_temp_path {root}/t4; scgi_temp_path {root}/t5;
    server {{ listen 127.0.0.1:1; include {root}/etc/voorbehoud/e.nl/*.conf; {more} }}
}}
"""


@dataclass(frozen=True)
class Host:
    """A play for this machine, and the folder that stands for its root."""

    root: Path

    @property
    def installed(self) -> dict[str, bytes]:
        folder = self.root / "etc" / "voorbehoud"
        return {
            p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
        }

    def nginx(self, more: str = "") -> None:
        (self.root / "nginx.conf").write_text(CONFIGURATION.format(root=self.root, more=more))

    def play(self, *more: str) -> tuple[dict[str, int], str]:
        """Run the play; give what it counted, and what it said."""
        program = Path(sys.executable).parent / "ansible-playbook"
        environment = {
            **os.environ,
            "ANSIBLE_ROLES_PATH": str(ROLES), "ANSIBLE_NOCOLOR": "1", "ANSIBLE_PIPELINING": "1", "ANSIBLE_LOCAL_TEMP": str(self.root / "l"),
            "ANSIBLE_REMOTE_TEMP": str(self.root / "r"), "ANSIBLE_HOME": str(self.root / "h"), "LC_ALL": "C.UTF-8",
            "ANSIBLE_DEPRECATION_WARNINGS": "0",
        }  # fmt: skip
        done = subprocess.run(
            [program, "-i", "localhost,", "-c", "local", self.root / "play.yml", *more],
            cwd=self.root, env=environment, capture_output=True, text=True, check=False, timeout=100,
        )  # fmt: skip
        said = done.stdout + done.stderr
        (recap,) = re.findall(r"^localhost +: (.*)$", said, re.MULTILINE)
        return {name: int(count) for name, count in re.findall(r"(\w+)=(\d+)", recap)}, said


@pytest.fixture
def host(tmp_path: Path) -> Host:
    (tmp_path / "voorbehoud.yaml").write_text(DECLARATION)
    (tmp_path / "etc").mkdir()
    program = programs.find("nginx")
    values = {
        "voorbehoud_command": str(Path(sys.executable).parent / "voorbehoud"),
        "voorbehoud_destination": str(tmp_path / "etc" / "voorbehoud"),
        "voorbehoud_test": f"{program} -t -p {tmp_path} -c {tmp_path}/nginx.conf",
        "voorbehoud_reload": f"touch {tmp_path}/reloaded",
        "ansible_python_interpreter": sys.executable,
    }
    play = [{"hosts": "all", "gather_facts": False, "vars": values, "roles": ["voorbehoud"]}]
    (tmp_path / "play.yml").write_text(json.dumps(play))
    return Host(tmp_path)


@pytest.mark.timeout(300)  # three plays, each task a process of its own
@pytest.mark.needs("nginx")
def test_it_installs_once_and_takes_back_what_the_server_refuses(host: Host, tmp_path: Path) -> None:
    host.nginx()
    counted, said = host.play()
    assert (counted["failed"], counted["changed"]) == (0, 2), said  # the files, and the reload
    (tmp_path / "parts").mkdir()
    words = ["server", "nginx", str(tmp_path), "-o", str(tmp_path / "parts")]
    assert CliRunner().invoke(main, words).exit_code == 0
    first = host.installed
    assert first == {
        p.relative_to(tmp_path / "parts").as_posix(): p.read_bytes()
        for p in (tmp_path / "parts").rglob("*.conf")
    }
    assert (tmp_path / "reloaded").exists()

    (tmp_path / "reloaded").unlink()
    counted, said = host.play()
    assert (counted["failed"], counted["changed"]) == (0, 0), said
    assert not (tmp_path / "reloaded").exists()

    host.nginx(more="location = /.well-known/tdmrep.json { }")  # two of them: nginx refuses ours
    (tmp_path / "voorbehoud.yaml").write_text(DECLARATION + "exceptions: []\nreserve: [tdm]\n")
    counted, said = host.play()
    assert counted["failed"] == 1
    assert "was not installed; what was there before is back" in said
    assert "duplicate location" in said
    assert host.installed == first
    assert sorted(p.name for p in (tmp_path / "etc").iterdir()) == ["voorbehoud"]
    assert not (tmp_path / "reloaded").exists()


@pytest.mark.needs("nginx")
def test_a_declaration_with_a_fault_is_told_and_nothing_is_touched(host: Host, tmp_path: Path) -> None:
    host.nginx()
    (tmp_path / "voorbehoud.yaml").write_text(DECLARATION + "reserve: [ai-training]\n")
    counted, said = host.play()
    assert counted["failed"] == 1
    assert "ai-training" in said
    assert not (tmp_path / "etc" / "voorbehoud").exists()
