package dev.cove.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.CoveException;
import dev.cove.core.CoveException.Kind;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecipesTest {
    @ParameterizedTest
    @FieldSource("dev.cove.images.Recipes#BUILT_IN")
    void readsWhatComesWithCove(String name) {
        var recipe = Recipes.of(name);

        assertThat(recipe.name()).hasToString(name);
        assertThat(recipe.suite()).isEqualTo("trixie");
        assertThat(recipe.packages()).contains("ca-certificates", "e2fsprogs");
    }

    @Test
    void readsACopyOfABuiltInOneThatSomebodyChanged() {
        var text =
                Recipes.text("debian-slim")
                        .replace("name: debian-slim", "name: mine")
                        .replace("  - procps", "  - procps\n  - htop");

        var recipe = Recipes.of(text);

        assertThat(recipe.name()).hasToString("mine");
        assertThat(recipe.packages()).contains("htop");
    }

    @Test
    void keepsAFileAsItIsWritten() {
        var recipe =
                Recipes.of(
                        """
                        name: mine
                        files:
                          - path: /usr/local/bin/hello
                            mode: "0755"
                            content: |
                              #!/bin/sh
                              echo "hello"
                        """);

        assertThat(recipe.files())
                .containsExactly(
                        new Recipe.File(
                                "/usr/local/bin/hello", 0755, "#!/bin/sh\necho \"hello\"\n"));
    }

    @Test
    void namesTheKeyThatWasProbablyMeant() {
        refuses(() -> Recipes.of("name: mine\npackges: [curl]\n"))
                .hasMessageContaining("\"packges\"")
                .hasMessageContaining("did you mean \"packages\"?");
    }

    @Test
    void namesTheRecipeThatWasProbablyMeant() {
        assertThatThrownBy(() -> Recipes.of("debain"))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("did you mean \"debian\"?")
                .extracting(e -> ((CoveException) e).kind())
                .isEqualTo(Kind.NOT_FOUND);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--install-recommends",
                "a,b",
                "curl;id",
                "curl wget",
                "$(id)",
                "-y",
                "Curl",
                "",
                "c\\nurl"
            })
    void letsNoPackageBeAnOption(String name) {
        refuses(() -> Recipes.of("name: mine\npackages:\n  - \"" + name + "\"\n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"etc/motd", "/../etc/motd", "/etc/../motd", "/", "/etc/", "/a//b", "/.."})
    void letsNoFileClimb(String path) {
        refuses(() -> Recipes.of("name: mine\nfiles:\n  - path: \"" + path + "\"\n"));
    }

    @Test
    void refusesAPathThatIsTooLongToLookAt() {
        assertThatThrownBy(() -> new Recipe.File("/a".repeat(50_000), 0644, ""))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("cannot be \"/a/a/a");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "name: mine\nsuite: ../trixie\n",
                "name: mine\nsuite: --hook\n",
                "name: mine\nkernelArguments: \"a\\nb\"\n",
                "name: mine\nuser: ro ot\n",
                "name: mine\ninit: sbin/init\n",
                "name: mine\nname: yours\n",
                "name: mine\npackages: curl\n",
                "name: mine\nfiles: [{path: /a, mode: '99'}]\n",
                "name: mine\nfiles: [{mode: '0644'}]\n",
                "packages:\n  - curl\n",
                "- a\n- b\n",
                "name: [\n",
                "\n"
            })
    void refusesWhatIsNoRecipe(String text) {
        refuses(() -> Recipes.of(text));
    }

    private static org.assertj.core.api.AbstractThrowableAssert<?, ?> refuses(
            ThrowingCallable call) {
        return assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        CoveException.class, e -> assertThat(e.kind()).isEqualTo(Kind.INVALID));
    }
}
