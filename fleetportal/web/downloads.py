"""Answers that a browser saves as a file and never shows as a page."""

from django.utils.http import content_disposition_header


def download_headers(file_name: str, content_type: str) -> dict[str, str]:
    return {
        "Content-Type": content_type,
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=file_name) or "",
    }
