"""PostgreSQL stores sealed mails as they are: it tried to compress each, and ciphertext never gets smaller."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("faxsend", "0006_last_error"),
    ]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE faxsend_content ALTER COLUMN raw SET STORAGE EXTERNAL",
            "ALTER TABLE faxsend_content ALTER COLUMN raw SET STORAGE EXTENDED",
        ),
    ]
