package dev.cove.cli;

import dev.cove.core.Printable;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/// Rows under a heading, each column as wide as its widest cell.
final class Table {
    private final List<List<String>> rows = new ArrayList<>();

    Table(String... heading) {
        rows.add(List.of(heading));
    }

    void row(String... cells) {
        var printable = new ArrayList<String>();
        for (var cell : cells) {
            printable.add(Printable.of(cell.isEmpty() ? "-" : cell, 200));
        }
        rows.add(printable);
    }

    void print(PrintStream out) {
        var widths = new int[rows.getFirst().size()];
        for (var row : rows) {
            for (var i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], width(row.get(i)));
            }
        }
        for (var row : rows) {
            var line = new StringBuilder();
            for (var i = 0; i < widths.length; i++) {
                line.append(row.get(i));
                if (i < widths.length - 1) {
                    line.repeat(' ', widths[i] - width(row.get(i)) + 2);
                }
            }
            out.println(line);
        }
    }

    private static int width(String cell) {
        return cell.codePointCount(0, cell.length());
    }
}
