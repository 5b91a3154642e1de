using System.Text.Json;
using System.Text.Json.Serialization;

namespace Blindsight.Compiler.Plans;

/// <summary>
/// The plan's JSON contract: members in the order of declaration, nothing unknown, nothing missing, nothing twice. Derived
/// properties are not written.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    IgnoreReadOnlyProperties = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    AllowDuplicateProperties = false,
    UseStringEnumConverter = true,
    MaxDepth = 16)]
[JsonSerializable(typeof(InferencePlan))]
internal sealed partial class PlanJson : JsonSerializerContext;
