using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Plans;
using Blindsight.Hosting.Files;

namespace Blindsight.Hosting.Client;

/// <summary>
/// What a client keeps between submitting and collecting: where the servers are, the plan's hash, and for each row an identifier and the private key to
/// which its result will be sealed. Who holds it can collect; it is written for its owner alone.
/// </summary>
/// <param name="Plan">SHA-256 of the plan, in hexadecimal digits.</param>
public sealed record Ticket(int Version, string ServerA, string ServerB, string Plan, string Model, TicketQuery[] Queries)
{
    public const int CurrentVersion = 1, QueriesMax = 100_000;

    private const long BytesMax = 64 << 20;

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true, MaxDepth = 8,
    };

    public byte[] PlanHash => Convert.FromHexString(Plan);

    /// <summary>A ticket for queries that nobody knows yet. To be kept before they are submitted, so that nothing that was sent is ever lost.</summary>
    public static Ticket Issue(Uri first, Uri second, InferencePlan plan, byte[] planHash, IEnumerable<int> rows) =>
        new(CurrentVersion, $"{first}", $"{second}", Convert.ToHexStringLower(planHash), plan.Model, [.. rows.Select(TicketQuery.Draw)]);

    /// <summary>Writes it, readable by its owner alone.</summary>
    public void Write(string path) => PrivateFile.Write(path, file => JsonSerializer.Serialize(file, this, Format));

    /// <exception cref="ParameterException">There is none, or it is not a ticket.</exception>
    public static Ticket Read(string path)
    {
        if (!File.Exists(path)) throw new ParameterException($"there is no ticket at '{path}'; 'blindsight submit' writes one");
        if (new FileInfo(path).Length > BytesMax) throw new ParameterException($"{path} is too long for a ticket");
        Ticket ticket;
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            ticket = JsonSerializer.Deserialize<Ticket>(file, Format) ?? throw new JsonException("it is empty");
        }
        catch (Exception fault) when (fault is JsonException or NotSupportedException)
        {
            throw new ParameterException($"{path} is not a ticket: {fault.Message}");
        }
        if (ticket.Version != CurrentVersion)
            throw new ParameterException($"{path} has version {ticket.Version}; this program reads version {CurrentVersion}");
        if (ticket.Plan.Length != 2 * SHA256.HashSizeInBytes || !ticket.Plan.All(char.IsAsciiHexDigit) || ticket.Queries.Length is 0 or > QueriesMax)
            throw new ParameterException($"{path} is not a ticket: it names no plan or no queries");
        return ticket;
    }
}

/// <summary>One row's query.</summary>
/// <param name="Key">The private key, PKCS #8 in base 64.</param>
public sealed record TicketQuery(int Row, string Id, string Key)
{
    /// <summary>A query that nobody knows yet.</summary>
    public static TicketQuery Draw(int row)
    {
        using ECDiffieHellman key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        byte[] exported = key.ExportPkcs8PrivateKey();
        string text = Convert.ToBase64String(exported);
        CryptographicOperations.ZeroMemory(exported);
        return new(row, $"{QueryId.Draw()}", text);
    }

    /// <exception cref="ParameterException">The ticket's key is none.</exception>
    public ECDiffieHellman OpenKey()
    {
        ECDiffieHellman key = ECDiffieHellman.Create();
        try
        {
            key.ImportPkcs8PrivateKey(Convert.FromBase64String(Key), out _);
            if (key.KeySize == 256) return key;
        }
        catch (Exception fault) when (fault is CryptographicException or FormatException)
        {
            // Refused below.
        }
        key.Dispose();
        throw new ParameterException($"the ticket's key for row {Row} is damaged");
    }
}
