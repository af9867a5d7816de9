"""The class of the error that ended a mail's last try, for operators to see."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("faxsend", "0005_billing_months"),
    ]

    operations = [
        migrations.AddField(
            model_name="inboundmessage",
            name="last_error",
            field=models.CharField(blank=True, default="", max_length=100, verbose_name="Last error"),
            preserve_default=False,
        ),
    ]
