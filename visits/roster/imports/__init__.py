"""名单导入: a workbook becomes checked rows, a preview, and then people (二, practice P5, P6)."""
