package dev.cove.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.CoveException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "null",
                "true",
                "\"\"",
                "-0.5e+10",
                "12345678901234567890",
                "{\"a\":[1,{\"b\":null}],\"c\":\"\\\"\\\\\\n\"}",
            })
    void printsWhatItRead(String text) {
        assertThat(Json.parse(text)).hasToString(text);
    }

    @Test
    void readsEscapesAndPrintsNothingThatMovesACursor() {
        var json = Json.parse(" \"\\u001b[2J\\/\\ud83d\\ude00\u009b\" ");

        assertThat(json.text()).contains("\u001b[2J/😀\u009b");
        assertThat(json).hasToString("\"\\u001b[2J/😀\\u009b\"");
    }

    @Test
    void followsAPathThatIsNotThereToItsEnd() {
        var json = Json.parse("{\"a\":{\"n\":7}}");

        assertThat(json.at("a").at("n").number(0)).isEqualTo(7);
        assertThat(json.at("x").at("y").text()).isEmpty();
        assertThat(json.at("a").items()).isEmpty();
    }

    @Test
    void indentsForPeople() {
        assertThat(Json.parse("{\"a\":[1,2],\"b\":{}}").pretty())
                .isEqualTo("{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "[1,]",
                "{\"a\"}",
                "{\"a\":1,}",
                "{a:1}",
                "01",
                "1.",
                "-",
                "+1",
                "tru",
                "nul",
                "\"",
                "\"\\x\"",
                "\"\\u12g4\"",
                "\"\n\"",
                "1 2",
                "[1 2]",
                "}",
                "'a'",
            })
    void refusesWhatIsNotJson(String text) {
        assertThatThrownBy(() -> Json.parse(text))
                .isInstanceOf(CoveException.class)
                .hasMessageStartingWith("not JSON: ");
    }

    @Test
    void refusesToNestWithoutEnd() {
        assertThatThrownBy(() -> Json.parse("[".repeat(100_000)))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("deeper than 64");
    }
}
