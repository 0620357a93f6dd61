"""
The keys of a folder that a backup replaces: what was revoked or rotated since stays so.

A folder of another hub, such as a new machine's first start made, has no say.
"""

import shutil
from pathlib import Path

from edge.keys import BadKey, HubKeys, Keyring
from edge.keys.hub import NAME as HUB
from hub.backup.manifest import BadBackup


def keep_keys(fresh: Path, folder: Path) -> bool:
    """
    Let the keys in *folder* win over the backup's in *fresh*; return whether they could.

    Raises :class:`BadBackup` where the folder's cannot be read.
    """
    if not (folder / HUB).exists():
        return False
    ring = Keyring(folder)
    if ring.error:
        raise _unreadable(ring.error)
    try:
        keys = HubKeys.load(folder)
    except BadKey as error:
        raise _unreadable(str(error)) from None
    backup = Keyring(fresh)
    if not _same_hub(fresh, keys, backup, ring):
        return False
    shutil.copyfile(folder / HUB, fresh / HUB)
    (fresh / HUB).chmod(0o600)
    backup.merge(ring.records())
    return True


def _unreadable(why: str) -> BadBackup:
    return BadBackup(
        f"{why}. It tells which keys were revoked since the backup: put it right, or move it"
        " away and revoke them again after the restore"
    )


def _same_hub(fresh: Path, keys: HubKeys, backup: Keyring, ring: Keyring) -> bool:
    """Tell whether both were one hub: it had a key, or admitted one, that both know."""
    admitted = {one.key for one in backup.records()}
    if not admitted or admitted & {one.key for one in ring.records()}:
        return True
    own = HubKeys.load(fresh).opening if (fresh / HUB).exists() else []
    return bool({one.public for one in own} & {one.public for one in keys.opening})
