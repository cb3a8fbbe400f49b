"""Connects Ansible to a root directory of this machine, as if it were a machine of its own."""

import os
import shlex
import shutil
import subprocess

from ansible.errors import AnsibleError
from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = """
name: chroot
short_description: Run tasks in a root directory
description:
  - Runs what Ansible asks for in the directory that is the host's address.
author: The capi authors
options:
  remote_addr:
    description: The directory.
    type: string
    vars:
      - name: inventory_hostname
      - name: ansible_host
"""


class Connection(ConnectionBase):
    transport = "chroot"
    has_pipelining = True

    def _connect(self):
        self._connected = True
        return self

    def _root(self):
        return self.get_option("remote_addr")

    def exec_command(self, cmd, in_data=None, sudoable=False):
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        program = [*shlex.split(os.environ.get("IN_ROOT", "")), "chroot", self._root(), "/bin/sh", "-c", cmd]
        process = subprocess.run(program, input=in_data, capture_output=True)
        return process.returncode, process.stdout, process.stderr

    def put_file(self, in_path, out_path):
        super().put_file(in_path, out_path)
        self._copy(in_path, self._inside(out_path))

    def fetch_file(self, in_path, out_path):
        super().fetch_file(in_path, out_path)
        self._copy(self._inside(in_path), out_path)

    def _inside(self, path):
        return os.path.join(self._root(), path.lstrip("/"))

    def _copy(self, source, target):
        try:
            shutil.copyfile(source, target)
        except OSError as error:
            raise AnsibleError(f"{source} cannot be copied to {target}: {error}") from error

    def close(self):
        self._connected = False
