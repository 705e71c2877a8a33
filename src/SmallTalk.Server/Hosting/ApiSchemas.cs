using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace SmallTalk.Server.Hosting;

/// <summary>Says in the OpenAPI document what the types alone don't: which texts are one of a few, what is left out instead of
/// null, what must be sent. Clients generate their types from it.</summary>
static class ApiSchemas
{
    public static void AddSchemas(this OpenApiOptions api) =>
        api.AddSchemaTransformer(DescribeAsync).AddDocumentTransformer(RequireWhatIsSentAsync).AddOperationTransformer(DescribeParametersAsync);

    static Task DescribeAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken ct)
    {
        if (schema.Properties is { } properties)
        {
            foreach (var property in context.JsonTypeInfo.Properties)
                Describe(schema, property, properties);
            if (context.JsonTypeInfo.Type == typeof(ProblemDetails))
                DescribeProblem(schema, properties);
        }
        return Task.CompletedTask;
    }

    static void Describe(OpenApiSchema type, JsonPropertyInfo property, IDictionary<string, IOpenApiSchema> properties)
    {
        if (!properties.TryGetValue(property.Name, out var found) || found is not OpenApiSchema schema)
            return;
        if (Attribute<OneOfAttribute>(property) is { } oneOf)
            schema.Enum = [.. oneOf.Values.Select(value => JsonValue.Create(value))];
        if (Attribute<JsonIgnoreAttribute>(property) is { Condition: JsonIgnoreCondition.WhenWritingNull })
        {
            type.Required?.Remove(property.Name);
            TakeNull(schema);
        }
        else if (property.Set is null) // only ever written
        {
            (type.Required ??= new HashSet<string>(StringComparer.Ordinal)).Add(property.Name);
            TakeNull(schema);
        }
    }

    /// <summary>What <see cref="Refusal"/> adds.</summary>
    static void DescribeProblem(OpenApiSchema type, IDictionary<string, IOpenApiSchema> properties)
    {
        properties["code"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "Stable: docs/problems.md lists them all." };
        properties["errors"] = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = "Field to sentences.",
            AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String } },
        };
        properties["retryAfter"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32", Description = "Seconds." };
        type.Required = new HashSet<string>(StringComparer.Ordinal) { "type", "title", "status", "code" };
        foreach (var name in type.Required)
            TakeNull((OpenApiSchema)properties[name]);
    }

    /// <summary>A member of a request without a default must be sent. It is nullable in the code only so that whoever leaves it
    /// out is answered by the name of the field.</summary>
    static Task RequireWhatIsSentAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken ct)
    {
        foreach (var operation in document.Paths.Values.SelectMany(path => path.Operations?.Values ?? Enumerable.Empty<OpenApiOperation>()))
        {
            foreach (var body in operation.RequestBody?.Content?.Values ?? Enumerable.Empty<OpenApiMediaType>())
            {
                if (Named(document, body.Schema) is not { Properties: { } properties } type)
                    continue;
                foreach (var name in type.Required ?? new HashSet<string>())
                {
                    if (properties[name] is OpenApiSchema schema)
                        TakeNull(schema);
                }
            }
        }
        return Task.CompletedTask;
    }

    static OpenApiSchema? Named(OpenApiDocument document, IOpenApiSchema? schema)
    {
        // An optional body is 'null or the type'.
        var reference = schema as OpenApiSchemaReference ?? schema?.OneOf?.OfType<OpenApiSchemaReference>().FirstOrDefault();
        return reference?.Reference.Id is { } id ? document.Components?.Schemas?[id] as OpenApiSchema : null;
    }

    static Task DescribeParametersAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        foreach (var method in context.Description.ActionDescriptor.EndpointMetadata.OfType<MethodInfo>())
        {
            foreach (var parameter in method.GetParameters())
            {
                if (parameter.GetCustomAttribute<OneOfAttribute>() is { } oneOf
                    && operation.Parameters?.FirstOrDefault(p => p.Name == parameter.Name)?.Schema is OpenApiSchema schema)
                    schema.Enum = [.. oneOf.Values.Select(value => JsonValue.Create(value))];
            }
        }
        return Task.CompletedTask;
    }

    static void TakeNull(OpenApiSchema schema) => schema.Type &= ~JsonSchemaType.Null;

    static T? Attribute<T>(JsonPropertyInfo property)
        where T : Attribute => property.AttributeProvider?.GetCustomAttributes(typeof(T), inherit: true).OfType<T>().FirstOrDefault();
}
