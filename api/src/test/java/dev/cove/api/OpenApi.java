package dev.cove.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// The document that clients are promised, to hold routes and answers against.
final class OpenApi {
    static final OpenApi DOCUMENT = new OpenApi();
    private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");

    private final JsonNode document = new YAMLMapper().readTree(SystemRoutes.document());
    private final SchemaRegistry schemas =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    /// Every method of every path, such as `GET /v1/vms`.
    Set<String> operations() {
        var all = new TreeSet<String>();
        document.path("paths")
                .properties()
                .forEach(path ->
                        path.getValue().propertyNames().stream()
                                .filter(METHODS::contains)
                                .forEach(m ->
                                        all.add(
                                                m.toUpperCase(java.util.Locale.ROOT)
                                                        + " "
                                                        + path.getKey())));
        return all;
    }

    /// Fails unless the answer is one that the document promises for this call.
    void check(String method, String path, Http.Answer answer) {
        var response = response(method, path, answer.status());
        var contents = response.path("content");
        var type = answer.type().replaceAll(";.*", "");
        if (contents.isMissingNode()) {
            assertThat(answer.body()).as("body of %s %s", method, path).isEmpty();
            return;
        }
        assertThat(contents.propertyNames())
                .as("content type of %s %s: %s", method, path, answer)
                .contains(type);
        var schema = contents.path(type).path("schema");
        if (!schema.isMissingNode()) {
            assertThat(errors(schema, answer.json()))
                    .as("%s %s: %s", method, path, answer.body())
                    .isEmpty();
        }
    }

    List<String> errors(String schema, JsonNode value) {
        return errors(document.at("/components/schemas/" + schema), value);
    }

    private List<String> errors(JsonNode schema, JsonNode value) {
        var whole = (ObjectNode) schema.deepCopy();
        whole.set("components", document.path("components"));
        return schemas.getSchema(whole).validate(value).stream().map(Object::toString).toList();
    }

    private JsonNode response(String method, String path, int status) {
        var operation = operation(method, path);
        var problem = resolved(document.at("/components/responses/Problem"));
        if (operation.isMissingNode()) {
            assertThat(status).as("%s %s is not promised", method, path).isBetween(400, 499);
            return problem;
        }
        var responses = operation.path("responses");
        var own = responses.path(Integer.toString(status));
        if (own.isMissingNode()) {
            assertThat(status).as("%s %s", method, path).isGreaterThanOrEqualTo(400);
            return resolved(responses.path("default"));
        }
        return resolved(own);
    }

    private JsonNode operation(String method, String path) {
        return document.path("paths").properties().stream()
                .filter(p ->
                        path.matches(
                                p.getKey().replace(".", "\\.").replaceAll("\\{[a-z]+}", "[^/]+")))
                .map(p -> p.getValue().path(method.toLowerCase(java.util.Locale.ROOT)))
                .collect(Collectors.reducing((first, _) -> first))
                .orElseGet(() -> document.path("no such path"));
    }

    private JsonNode resolved(JsonNode node) {
        var reference = node.path("$ref").asString("");
        return reference.isEmpty() ? node : document.at(reference.substring(1));
    }
}
