package dev.cove.core;

/// Text from outside, made fit to stand in a message: bounded, with nothing that moves a cursor,
/// ends a line or colours a terminal.
public final class Printable {
    private Printable() {}

    public static String of(String text, int limit) {
        var shown = new StringBuilder();
        text.codePoints()
                .limit(limit)
                .forEach(c -> shown.appendCodePoint(isPlain(c) ? c : '\uFFFD'));
        return text.codePointCount(0, text.length()) > limit ? shown + "…" : shown.toString();
    }

    private static boolean isPlain(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    false;
            default -> true;
        };
    }
}
