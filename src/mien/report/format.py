"""What a report's folder holds, by name and version."""

FORMAT = "mien-report"
VERSION = 1
JSON_NAME = "report.json"
PAGE_NAME = "report.html"
