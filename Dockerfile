FROM python:3.11-slim-bookworm

# What wheels cannot bring: Pango and its company for WeasyPrint, libmagic for file types, fonts for the
# letters of every script in PDFs (names, addresses and facts come in all of them).
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        fonts-dejavu-core fonts-noto-core fonts-noto-cjk libharfbuzz-subset0 libmagic1 libpango-1.0-0 libpangoft2-1.0-0 \
    && rm -rf /var/lib/apt/lists/*

# Page images of office files. Leave it out (--build-arg OFFICE=no) where they need not be seen as pictures: the image
# is then 400 MB smaller, and office files can only be downloaded.
ARG OFFICE=yes
RUN if [ "$OFFICE" = yes ]; then apt-get update \
    && apt-get install --yes --no-install-recommends \
        libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui \
        fonts-liberation fonts-crosextra-carlito fonts-crosextra-caladea \
    && rm -rf /var/lib/apt/lists/*; fi

# An account of its own, with one folder that it may write to.
RUN useradd --system --uid 10001 --home-dir /var/lib/lers --create-home portal

WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes --requirement requirements.txt

COPY . .
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    BIND=0.0.0.0:8000 \
    STATIC_ROOT=/srv/static
# Local settings, with secrets made for this one command and thrown away.
RUN VAR=/tmp/build python manage.py collectstatic --noinput && rm -rf /tmp/build

USER portal
ENV VAR=/var/lib/lers
VOLUME /var/lib/lers
EXPOSE 8000
CMD ["gunicorn", "--config", "lers/gunicorn.py", "lers.wsgi"]
