package dev.cove.client;

/// Writes JSON.
final class JsonText {
    private final StringBuilder text = new StringBuilder();
    private final boolean pretty;
    private int depth;

    private JsonText(boolean pretty) {
        this.pretty = pretty;
    }

    static String compact(Json value) {
        return new JsonText(false).write(value).text.toString();
    }

    static String pretty(Json value) {
        return new JsonText(true).write(value).text.toString();
    }

    private JsonText write(Json value) {
        switch (value) {
            case Json.Text t -> quote(t.value());
            case Json.Numeral n -> text.append(n.literal());
            case Json.Flag f -> text.append(f.value());
            case Json.Nothing n -> text.append("null");
            case Json.Items i -> writeItems(i);
            case Json.Fields f -> writeFields(f);
        }
        return this;
    }

    private void writeItems(Json.Items items) {
        open('[');
        var first = true;
        for (var item : items.values()) {
            separate(first);
            write(item);
            first = false;
        }
        close(']', first);
    }

    private void writeFields(Json.Fields fields) {
        open('{');
        var first = true;
        for (var field : fields.members().entrySet()) {
            separate(first);
            quote(field.getKey());
            text.append(pretty ? ": " : ":");
            write(field.getValue());
            first = false;
        }
        close('}', first);
    }

    private void open(char bracket) {
        text.append(bracket);
        depth++;
    }

    private void separate(boolean first) {
        if (!first) {
            text.append(',');
        }
        breakLine();
    }

    private void close(char bracket, boolean empty) {
        depth--;
        if (!empty) {
            breakLine();
        }
        text.append(bracket);
    }

    private void breakLine() {
        if (pretty) {
            text.append('\n').repeat("  ", depth);
        }
    }

    private void quote(String value) {
        text.append('"');
        for (var i = 0; i < value.length(); i++) {
            var c = value.charAt(i);
            switch (c) {
                case '"' -> text.append("\\\"");
                case '\\' -> text.append("\\\\");
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                default -> {
                    // DEL and C1 controls as well: what is printed may reach a terminal.
                    if (c < 0x20 || (c >= 0x7f && c < 0xa0)) {
                        text.append("\\u00")
                                .append(Character.forDigit(c >> 4, 16))
                                .append(Character.forDigit(c & 15, 16));
                    } else {
                        text.append(c);
                    }
                }
            }
        }
        text.append('"');
    }
}
