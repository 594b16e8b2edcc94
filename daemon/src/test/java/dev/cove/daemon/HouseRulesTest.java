package dev.cove.daemon;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The rules of the house that a compiler does not know; CONTRIBUTING.md says why they are there.
class HouseRulesTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private static final JavaClasses COVE =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("dev.cove");

    /// What each module may use of the others. The daemon wires, so it may use what it wires.
    private static final Map<String, List<String>> MAY_USE =
            Map.ofEntries(
                    Map.entry("core", List.of()),
                    Map.entry("platform", List.of()),
                    Map.entry("tar", List.of()),
                    Map.entry("testkit", List.of("core", "platform")),
                    Map.entry("store", List.of("core")),
                    Map.entry("doors", List.of("core")),
                    Map.entry("api", List.of("core")),
                    Map.entry("client", List.of("core")),
                    Map.entry("guest", List.of("core", "platform")),
                    Map.entry("images", List.of("core", "platform", "tar")),
                    Map.entry("network", List.of("core", "platform")),
                    Map.entry("vmm", List.of("core", "platform")),
                    Map.entry("cli", List.of("core", "client", "tar")),
                    Map.entry(
                            "daemon",
                            List.of(
                                    "core",
                                    "platform",
                                    "store",
                                    "doors",
                                    "api",
                                    "guest",
                                    "images",
                                    "network",
                                    "vmm")));

    static Stream<String> modules() {
        return MAY_USE.keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("modules")
    void usesOnlyTheModulesBelow(String module) {
        var allowed =
                Stream.concat(Stream.of(module), MAY_USE.getOrDefault(module, List.of()).stream())
                        .map(HouseRulesTest::packages)
                        .toArray(String[]::new);

        classes()
                .that()
                .resideInAPackage(packages(module))
                .should()
                .onlyDependOnClassesThat(
                        not(resideInAnyPackage("dev.cove..")).or(resideInAnyPackage(allowed)))
                .check(COVE);
    }

    @Test
    void keepsTheDomainFreeOfLibraries() {
        classes()
                .that()
                .resideInAPackage("dev.cove.core..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("dev.cove.core..", "java..", "org.jspecify.annotations")
                .check(COVE);
    }

    @Test
    void hasNoCyclesBetweenModules() {
        slices().matching("dev.cove.(*)..").should().beFreeOfCycles().check(COVE);
    }

    @Test
    void keepsTheDomainsValuesAndPortsFromKnowingItsMachinery() {
        noClasses()
                .that()
                .resideInAnyPackage("dev.cove.core", "dev.cove.core.port")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.cove.core.control..")
                .check(COVE);
    }

    @Test
    void namesTypesAfterWhatTheyAre() {
        noClasses()
                .should()
                .haveNameMatching(".*(Impl|Manager|Helper|Helpers|Util|Utils)(\\$.*)?")
                .check(COVE);
    }

    @Test
    void startsProgramsInOnePlaceOnly() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "dev.cove.platform..", "dev.cove.cli..", "dev.cove.bench..")
                .should()
                .dependOnClassesThat()
                .areAssignableTo(ProcessBuilder.class)
                .orShould()
                .callMethod(Runtime.class, "exec", String[].class)
                .check(COVE);
    }

    @Test
    void printsOnlyWhereACommandStarts() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.cove.cli..", "dev.cove.bench..")
                .and()
                .doNotHaveSimpleName("Main")
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .check(COVE);
    }

    @Test
    void takesTimeAndChanceFromItsConstructors() {
        noClasses()
                .should()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(LocalDateTime.class, "now")
                .orShould()
                .callMethod(ZonedDateTime.class, "now")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(Math.class, "random")
                .orShould()
                .callConstructor(Random.class)
                .check(COVE);
    }

    @ParameterizedTest
    @MethodSource("technologies")
    void keepsATechnologyInItsAdapter(String technology, String module) {
        noClasses()
                .that()
                .resideOutsideOfPackage(packages(module))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(technology)
                .check(COVE);
    }

    static Stream<Arguments> technologies() {
        return Stream.of(
                Arguments.of("io.javalin..", "api"),
                Arguments.of("org.eclipse.jetty..", "api"),
                Arguments.of("org.apache.sshd..", "doors"),
                Arguments.of("java.sql..", "store"),
                Arguments.of("com.github.luben..", "images"),
                Arguments.of("picocli..", "cli"));
    }

    @Test
    void keepsFilesShort() throws IOException {
        assertThat(sources(_ -> true))
                .filteredOn(file -> lines(file).size() > 500)
                .as("files of more than 500 lines")
                .isEmpty();
    }

    @Test
    void neverSleepsInTests() throws IOException {
        assertThat(sources(file -> file.toString().contains("/src/test/")))
                .filteredOn(file -> !file.endsWith("HouseRulesTest.java"))
                .filteredOn(file -> lines(file).stream().anyMatch(l -> l.contains("Thread.sleep(")))
                .as("tests that sleep")
                .isEmpty();
    }

    @Test
    void introducesEveryPackageInFiveLinesAtMost() throws IOException {
        assertThat(
                        sources(file -> file.toString().contains("/src/main/"))
                                .map(Path::getParent)
                                .distinct())
                .allSatisfy(folder -> {
                    var introduction = lines(folder.resolve("package-info.java"));
                    assertThat(introduction).contains("@NullMarked");
                    assertThat(introduction)
                            .filteredOn(line -> line.startsWith("///"))
                            .hasSizeBetween(1, 5);
                });
    }

    private static String packages(String module) {
        return "dev.cove." + module + "..";
    }

    private static Stream<Path> sources(Predicate<Path> wanted) throws IOException {
        try (var modules = Files.newDirectoryStream(ROOT, Files::isDirectory)) {
            var files = Stream.<Path>builder();
            for (var module : modules) {
                var source = module.resolve("src");
                if (!Files.isDirectory(source)) continue;
                try (var tree = Files.walk(source)) {
                    tree.filter(file -> file.toString().endsWith(".java"))
                            .filter(wanted)
                            .forEach(files);
                }
            }
            return files.build();
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
