using System.Security.Cryptography;
using System.Text.Json;
using Blindsight.Arithmetic;

namespace Blindsight.Compiler.Plans;

/// <summary>Plans as canonical JSON: equal plans have equal bytes, so that two parties can compare hashes.</summary>
public static class PlanSerializer
{
    /// <summary>Longest text that <see cref="Deserialize"/> reads, in bytes.</summary>
    public const int MaxBytes = 1 << 26;

    /// <summary>The canonical UTF-8 text of a plan.</summary>
    public static byte[] Serialize(InferencePlan plan) =>
        JsonSerializer.SerializeToUtf8Bytes(plan, PlanJson.Default.InferencePlan);

    /// <summary>Reads a plan from a file or a peer and checks all of it (<see cref="PlanValidator"/>).</summary>
    /// <exception cref="ParameterException">The text is not a plan, its version is another, or a step is inconsistent.</exception>
    public static InferencePlan Deserialize(ReadOnlySpan<byte> text)
    {
        if (text.Length > MaxBytes)
            throw new ParameterException($"a plan of {text.Length} bytes; at most {MaxBytes} are read");
        InferencePlan plan;
        try
        {
            plan = JsonSerializer.Deserialize(text, PlanJson.Default.InferencePlan)
                ?? throw new ParameterException("the plan is empty");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException
            or ArgumentException or FormatException or OverflowException)
        {
            throw new ParameterException($"the plan is not readable: {e.Message}");
        }
        PlanValidator.Validate(plan);
        return plan;
    }

    /// <summary>SHA-256 of the canonical text.</summary>
    /// <returns>32 bytes.</returns>
    public static byte[] Hash(InferencePlan plan) => SHA256.HashData(Serialize(plan));
}
