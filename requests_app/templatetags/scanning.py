"""Whether files are checked for viruses, after `{% load scanning %}`.

- `{% virus_words %}`: what is done with every file that is sent, in one sentence
"""

from django import template

from requests_app.scanning import virus_words

register = template.Library()
register.simple_tag(virus_words)
