import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;

/// Reads the reports that Surefire left and says how the tests went: `java tools/Tally.java BUILD_EXIT --fast|all`.
///
/// Prints every failure and the reason of every skip, then one line `N passed, N failed, N skipped`. Exits with 0 only
/// if something passed, nothing failed, the build itself succeeded and, with `all`, every test class reported: a test
/// that never ran must not look like one that passed.
class Tally {
    private int passed;
    private final List<String> failures = new ArrayList<>();
    private final Map<String, List<String>> skips = new TreeMap<>();
    private final TreeSet<String> reported = new TreeSet<>();

    static void main(String[] args) throws Exception {
        var tally = new Tally();
        for (var module : modules()) tally.read(module.resolve("target/surefire-reports"));
        if (args[1].equals("all")) tally.missMissingReports();
        if (!args[0].equals("0")) tally.failures.add("the build failed; see target/check.log");
        System.exit(tally.print());
    }

    private static List<Path> modules() throws IOException {
        try (var folders = Files.list(Path.of(""))) {
            return folders.filter(folder -> Files.exists(folder.resolve("pom.xml"))).sorted().toList();
        }
    }

    private void read(Path reports) throws Exception {
        if (!Files.isDirectory(reports)) return;
        try (var files = Files.newDirectoryStream(reports, "TEST-*.xml")) {
            for (var file : files) {
                try {
                    readReport(file);
                } catch (org.xml.sax.SAXException damaged) {
                    failures.add(file + " is cut short: the process that ran these tests died");
                }
            }
        }
    }

    private void readReport(Path file) throws Exception {
        var factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        var builder = factory.newDocumentBuilder();
        builder.setErrorHandler(null);
        var suite = builder.parse(file.toFile()).getDocumentElement();
        reported.add(suite.getAttribute("name"));
        var cases = suite.getElementsByTagName("testcase");
        for (int i = 0; i < cases.getLength(); i++) count((Element) cases.item(i));
    }

    private void count(Element test) {
        var type = test.getAttribute("classname");
        reported.add(type);
        var name = type.substring(type.lastIndexOf('.') + 1) + "." + test.getAttribute("name");
        for (var verdict : List.of("failure", "error")) {
            if (child(test, verdict) instanceof Element failure) {
                failures.add(name + ": " + reason(failure));
                return;
            }
        }
        if (child(test, "skipped") instanceof Element skip) {
            skips.computeIfAbsent(reason(skip), _ -> new ArrayList<>()).add(name);
        } else {
            passed++;
        }
    }

    private static Element child(Element parent, String name) {
        return (Element) parent.getElementsByTagName(name).item(0);
    }

    private static String reason(Element verdict) {
        var message = verdict.getAttribute("message").strip();
        if (message.isEmpty()) message = verdict.getTextContent().strip();
        var lines = message.lines().filter(line -> !line.startsWith("\tat ")).limit(8).toList();
        var reason = String.join("\n      ", lines).replaceFirst("^org.opentest4j.TestAbortedException:\\s*", "");
        return reason.isEmpty() ? "(no reason given)" : reason.replaceFirst("^Assumption failed: ", "");
    }

    private void missMissingReports() throws IOException {
        for (var module : modules()) {
            var tests = module.resolve("src/test/java");
            if (!Files.isDirectory(tests)) continue;
            try (var files = Files.walk(tests)) {
                files.filter(file -> file.getFileName().toString().endsWith("Test.java"))
                        .map(file -> tests.relativize(file).toString().replace(".java", "").replace('/', '.'))
                        .filter(type -> reported.stream().noneMatch(name -> (name + "$").startsWith(type + "$")))
                        .forEach(type -> failures.add(type + " did not report: it was never run, or its process died"));
            }
        }
    }

    private int print() {
        failures.forEach(failure -> System.out.println("FAILED  " + failure));
        skips.forEach((reason, tests) -> System.out.println("SKIPPED " + String.join(", ", tests) + ": " + reason));
        int skipped = skips.values().stream().mapToInt(List::size).sum();
        System.out.println(passed + " passed, " + failures.size() + " failed, " + skipped + " skipped");
        return failures.isEmpty() && passed > 0 ? 0 : 1;
    }
}
