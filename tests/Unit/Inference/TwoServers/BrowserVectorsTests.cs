using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Plans;
using Blindsight.Hosting;
using Blindsight.Hosting.Client;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Unit.Architecture;

namespace Blindsight.Unit.Inference.TwoServers;

/// <summary>
/// The frozen vectors against which the browser's client is tested: what the C# side makes of the same pixels, seeds, shares and keys.
/// </summary>
public sealed class BrowserVectorsTests
{
    private const string ClientKey = "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b02010104201e40b56f9e8671ac9bd4d32584751c034b8d273e9c"
        + "2677b85626a240fb6d7cafa144034200044b94ed717ff71cfb70b9d4b51d0accf9821f63eab824b86dd4ed14b8c34112f262409cace8ef189c697e9dd105a5b8c0f1bb01e7"
        + "365827024c2096b6f761a147";
    private const string ServerKey = "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420aaffd5e8b23f3c34712e7a21cf9de493e22696dee9"
        + "02be80ba25cfe6a0d28342a144034200046a852e68150adf7ff3ce82a7ba395d99201752fb32458730eba90c1095d7f0b00db1977cfede010e9cd3e6de3de987e876cff5450"
        + "24cf210d996525b1e989881";

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    [Fact]
    public void The_frozen_vectors_are_what_this_code_computes()
    {
        JsonObject vectors = new()
        {
            ["inputs"] = new JsonArray(
                Input("grey levels as 0 to 1", [1, 28, 28], 12, 8, new("rgb", 1 / 255.0, [0], [1], "nchw", []), PostOperationKind.Softmax),
                Input("no card, as fine as floats are", [1, 6, 5], 27, 26, InputCard.None, PostOperationKind.None),
                Input("ImageNet's means", [3, 9, 7], 13, 9, new("rgb", 0.00392156863, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225], "nchw", []),
                    PostOperationKind.LogSoftmax),
                Input("blue first, saturating", [3, 5, 6], 8, 0, new("bgr", 1, [104, 117, 123], [1], "nchw", []), PostOperationKind.Sigmoid),
                Input("channels last", [4, 5, 3], 12, 10, new("bgr", 1 / 127.5, [1], [0.5, 0.25, 2], "nhwc", []), PostOperationKind.Tanh)),
            ["sealed"] = Sealed(),
        };
        string computed = vectors.ToJsonString(Json) + "\n", file = Path.Combine(Repository.Root, "tests", "Browser", "vectors.json");
        string frozen = File.Exists(file) ? File.ReadAllText(file) : "";
        if (computed == frozen) return;
        string other = Path.Combine(Path.GetTempPath(), "vectors.json");
        File.WriteAllText(other, computed);
        Assert.Fail($"what is computed now differs from {file}; it is in {other}");
    }

    [Fact]
    public void The_hosts_client_opens_the_frozen_answer()
    {
        JsonObject answer = Sealed();
        byte[] Of(string name) => Convert.FromHexString(answer[name]!.GetValue<string>());
        using ECDiffieHellman client = Key(ClientKey);
        Assert.Equal(Of("share"), SealedResult.Open(client, ServerRole.First, QueryId.Read(Of("id")), Of("plan"), Of("sealed"), Of("share").Length));
    }

    /// <summary>An image of pseudo-random pixels, its encoding and shares; two servers' results, and what they say together.</summary>
    private static JsonObject Input(string name, int[] shape, int valueBits, int scaleBits, InputCard card, PostOperationKind kind)
    {
        bool last = card.Layout == "nhwc";
        int elements = shape.Aggregate(1, (product, size) => product * size), ringBits = Math.Min(32, valueBits + 5);
        ImmutableArray<int> outputShape = [2, 5];
        InferencePlan plan = new()
        {
            Model = name, Deployment = "two-servers", Comparison = "tables", Card = card,
            Inputs = [new PlanPort("x", [.. shape])], Outputs = [new PlanPort("y", outputShape)],
            Tensors = [new(0, "x", [.. shape], 32, valueBits, scaleBits, false), new(1, "y", outputShape, ringBits, ringBits, scaleBits - 2, false)],
            Steps = [new InputStep("x", 0, 0), new OutputStep("y", 1, 0, new PostOperation(kind, last ? 0 : -1))],
        };
        byte[] pixels = Bytes(name + " pixels", elements), seed = Bytes(name + " seed", 32);
        SampleSet image = new("x", 1, last ? [shape[2], shape[0], shape[1]] : [.. shape], pixels, null);
        FloatTensor[] inputs = [Preprocessing.Apply(image, 0, card, [.. shape])];
        byte[] difference = QueryShares.Split(plan, inputs, seed);
        uint[] mine = Numbers(name + " mine", 10), theirs = Numbers(name + " theirs", 10);
        for (int i = 0; i < 8; i++) theirs[i] = (uint)(i * i) * 5 - 100 - mine[i];
        byte[] first = QueryShares.PackResult(plan, [mine]), second = QueryShares.PackResult(plan, [theirs]);
        return new JsonObject
        {
            ["name"] = name,
            ["input"] = new JsonObject
            {
                ["shape"] = Array(shape), ["elements"] = elements, ["bits"] = valueBits, ["scale"] = scaleBits,
                ["card"] = JsonSerializer.SerializeToNode(new { card.ChannelOrder, card.Scale, card.Mean, card.Std, card.Layout }, Json),
            },
            ["pixels"] = Hex(pixels), ["seed"] = Hex(seed),
            ["encoded"] = Array(ClientCodec.Encode(plan, 0, inputs[0].Data)),
            ["first"] = Array(QueryShares.First(plan, seed)[0]),
            ["difference"] = Hex(difference),
            ["output"] = new JsonObject
            {
                ["shape"] = Array([.. outputShape]), ["elements"] = 10, ["ringBits"] = ringBits, ["scale"] = scaleBits - 2,
                ["postOperation"] = kind.ToString(), ["axis"] = last ? 0 : -1,
            },
            ["results"] = Array([Hex(first), Hex(second)]),
            ["values"] = Array(QueryShares.Join(plan, first, second)[0].Data.Select(value => Math.Round(value, 5))),
        };
    }

    /// <summary>An answer sealed by the first server under fixed keys.</summary>
    private static JsonObject Sealed()
    {
        byte[] id = Bytes("identifier", 16), plan = Bytes("plan", 32), nonce = Bytes("nonce", 12), share = Bytes("share", 25);
        using ECDiffieHellman client = Key(ClientKey), server = Key(ServerKey);
        byte[] info = [.. Encoding.ASCII.GetBytes("blindsight resulta"), .. id, .. plan];
        byte[] key = HKDF.DeriveKey(HashAlgorithmName.SHA256, server.DeriveRawSecretAgreement(client.PublicKey), 32, [], info);
        byte[] ciphertext = new byte[share.Length], tag = new byte[16];
        using AesGcm cipher = new(key, tag.Length);
        cipher.Encrypt(nonce, share, ciphertext, tag);
        return new JsonObject
        {
            ["id"] = Hex(id), ["plan"] = Hex(plan), ["privateKey"] = ClientKey, ["party"] = "a", ["share"] = Hex(share),
            ["sealed"] = Hex([.. PublicPoint(server), .. nonce, .. ciphertext, .. tag]),
        };
    }

    private static ECDiffieHellman Key(string pkcs8)
    {
        ECDiffieHellman key = ECDiffieHellman.Create();
        key.ImportPkcs8PrivateKey(Convert.FromHexString(pkcs8), out _);
        return key;
    }

    private static byte[] PublicPoint(ECDiffieHellman key)
    {
        ECPoint point = key.ExportParameters(false).Q;
        return [4, .. point.X!, .. point.Y!];
    }

    private static byte[] Bytes(string label, int count)
    {
        using Prg prg = Prg.Derive([], label);
        byte[] bytes = new byte[count];
        prg.Fill(bytes);
        return bytes;
    }

    private static uint[] Numbers(string label, int count)
    {
        using Prg prg = Prg.Derive([], label);
        uint[] numbers = new uint[count];
        prg.Fill<uint>(numbers);
        return numbers;
    }

    private static JsonArray Array<T>(IEnumerable<T> values) => [.. values.Select(value => JsonValue.Create(value))];

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
