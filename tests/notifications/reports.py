"""Reports that a mail did not arrive, as mail servers write them (RFC 3464)."""


def report(
    message_id: str,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    diagnosis: str = "550 5.1.1 <o.berg@nordvik-police.example>: Recipient address rejected",
    head_only: bool = False,
) -> bytes:
    """The report that Postfix sends; head_only: it returns only the head of the mail (RET=HDRS)."""
    kind = "text/rfc822-headers" if head_only else "message/rfc822"
    body = "" if head_only else "\r\n\r\nYou have a question."
    return f"""From: MAILER-DAEMON@mx.nordvik-police.example\r
To: no-reply@requests.meridian.example\r
Subject: Undelivered Mail Returned to Sender\r
Auto-Submitted: auto-replied\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status; boundary="cut"\r
\r
--cut\r
Content-Type: text/plain; charset=us-ascii\r
\r
This is the mail system at host mx.nordvik-police.example.\r
\r
--cut\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.nordvik-police.example\r
\r
Final-Recipient: rfc822; o.berg@nordvik-police.example\r
Action: {action}\r
Status: {status}\r
Diagnostic-Code: smtp; {diagnosis}\r
\r
--cut\r
Content-Type: {kind}\r
\r
From: no-reply@requests.meridian.example\r
Message-ID: {message_id}\r
Subject: [MX-26-7K4Q9TX] A question for you{body}\r
\r
--cut--\r
""".encode()
