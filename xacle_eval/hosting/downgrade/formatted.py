"""Formatted strings, whose syntax is not the same in all Pythons."""

from __future__ import annotations

import ast

__all__ = ["Formatted"]


class Formatted(ast.NodeTransformer):
    """Turns formatted strings into calls of ``format``, whose syntax is the same everywhere."""

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        """Rewrite a formatted string."""
        template, values = self._template(node)
        if not values:
            return ast.copy_location(ast.Constant(template.format()), node)
        format_ = ast.Attribute(ast.Constant(template), "format", ast.Load())
        return ast.copy_location(ast.Call(format_, values, []), node)

    def _template(self, node: ast.expr | None) -> tuple[str, list[ast.expr]]:
        """Return the template of a formatted string, and the values in it."""
        template = ""
        values: list[ast.expr] = []
        for part in node.values if isinstance(node, ast.JoinedStr) else ():
            if isinstance(part, ast.FormattedValue):
                spec, inside = self._template(part.format_spec)
                conversion = f"!{chr(part.conversion)}" if part.conversion != -1 else ""
                template += f"{{{conversion}{':' if part.format_spec else ''}{spec}}}"
                values += [self.visit(part.value), *inside]
            elif isinstance(part, ast.Constant):
                template += str(part.value).replace("{", "{{").replace("}", "}}")
        return template, values
