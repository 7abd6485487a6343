"""${message}"""

import sqlalchemy as sa
from alembic import op

from brinkwatch.store.tables import BigId, Moment

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    raise NotImplementedError("a downgrade restores the backup that the upgrade made")
