from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('faxsend', '0011_undecided_mail'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='fax',
            index=models.Index(condition=models.Q(('status', 'uncertain')), fields=['id'], name='fax_uncertain'),
        ),
    ]
