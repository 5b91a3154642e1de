using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Attestation;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Leveled;
using Blindsight.Compiler.Plans;
using Blindsight.Enclave;
using Blindsight.Enclave.Channels;
using Blindsight.Enclave.Contract;
using Blindsight.Enclave.Integrity;
using Blindsight.Enclave.Models;
using Blindsight.Harness;
using Blindsight.HomomorphicEncryption.Ckks;
using Blindsight.Hosting;
using Blindsight.Hosting.Client;
using Blindsight.Hosting.Owner;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Deployments.Leveled;
using Blindsight.Inference.Deployments.TwoServers;

namespace Blindsight.Conformance.Fuzz;

/// <summary>Something that reads bytes of a peer's or of a file.</summary>
/// <param name="Samples">Bytes that it takes.</param>
/// <param name="Decode">Reads them; nothing but <paramref name="Refusal"/> may come out of it.</param>
internal sealed record Decoder(string Name, Func<byte[][]> Samples, Action<byte[]> Decode, Type Refusal)
{
    private static readonly Lazy<LeveledProgram> Squares = new(() => Program(Polynomials.OfEveryKind(), refresh: false));
    private static readonly Lazy<LeveledProgram> Refreshed = new(() => Program(Polynomials.WithExactActivations(), refresh: true));
    private static readonly Lazy<RoomContract> Contract = new(() => RoomContracts.Of(Refreshed.Value, encryptedWeights: false));
    private static readonly Lazy<CkksContext> Ring = new(() => new(CkksParameters.CreateToy(CkksParameterSpec.Of(2048, 2, 45, 50))));

    /// <summary>All that need no data.</summary>
    public static IReadOnlyList<Decoder> All { get; } =
    [
        Of<ParameterException>("plan", () => [PlanSerializer.Serialize(SamplePlan.Create()), PlanSerializer.Serialize(SmallPlan.OfEveryStep().Plan)],
            bytes => PlanSerializer.Deserialize(bytes)),
        Of<ParameterException>("leveled-contract", () => [LeveledContract.Of(Squares.Value).ToJson(), LeveledContract.Of(Refreshed.Value).ToJson()],
            bytes => LeveledContract.FromJson(bytes)),
        Of<RoomException>("leveled-program",
            () => [LeveledProgramFormat.Write(Squares.Value, withWeights: true), LeveledProgramFormat.Write(Refreshed.Value, withWeights: false)],
            bytes => LeveledProgramFormat.Read(bytes)),
        Of<ParameterException>("machine-costs", () => [MachineCosts.Nominal.ToJson()], bytes => MachineCosts.FromJson(bytes)),
        Of<RoomException>("room-contract", () => [Contract.Value.Write(), RoomContracts.Of(Squares.Value, encryptedWeights: true).Write()],
            bytes => RoomContract.Read(bytes)),
        Of<RoomException>("room-projections", () => [ProjectionMaker.Make(Refreshed.Value, Contract.Value, Prg.Derive([], "fuzz"))],
            bytes => Projections.Read(bytes, Contract.Value)),
        Of<RoomException>("room-model", () => [RoomPackages.Of(Program(Polynomials.Small(), refresh: false), encryptedWeights: true).ToBytes()],
            bytes => ModelPackage.Read(bytes)),
        Of<RoomException>("owner-hello", () => [new OwnerHello(new byte[CurvePoint.Bytes], new byte[OwnerHello.NonceBytes]).ToBytes()],
            bytes => OwnerHello.Read(bytes)),
        Of<FormatException>("ckks-ciphertext", Ciphertexts, bytes => new CkksSerializer(Ring.Value).ReadCiphertext(bytes).Dispose()),
        Of<FormatException>("ckks-rotation-keys", RotationKeys, bytes => new CkksSerializer(Ring.Value).ReadGaloisKeys(bytes).Dispose()),
        Of<AttestationException>("evidence", () => [new Evidence(EvidenceKind.SevSnpReport, new byte[40], new byte[9]).Encode()],
            bytes => Evidence.Decode(bytes)),
        Of<ParameterException>("ticket", Ticketed, bytes => FromFile(bytes, path => Ticket.Read(path))),
        Of<ParameterException>("model-share", ModelShares, bytes => FromFile(bytes, path => ModelShareFile.Read(path, ServerRole.Second))),
    ];

    /// <summary>Those of genuine evidence, which is no part of the repository.</summary>
    public static IReadOnlyList<Decoder> OfEvidence { get; } =
    [
        Of<AttestationException>("snp-report", () => [Shared("sev-snp", "attestation.bin")], bytes => Blindsight.Attestation.Snp.SnpReport.Read(bytes)),
        Of<AttestationException>("dcap-quote", () => [Shared("dcap", "tdx_quote.bin"), Shared("dcap", "sgx_quote.bin")],
            bytes => Blindsight.Attestation.Dcap.DcapQuote.Read(bytes)),
        Of<AttestationException>("dcap-collateral", () => [Shared("dcap", "tdx_quote_collateral.json")], bytes => DcapCollateral.Parse(bytes)),
        Of<AttestationException>("certificate", () => [Shared("sev-snp", "vcek.der"), Shared("dcap", "TrustedRootCA.der")],
            bytes => Blindsight.Attestation.Certificates.Certificate.Read(bytes, "fuzz")),
        Of<AttestationException>("pem", () => [Shared("sev-snp", "ask_ark_milan.pem")], bytes => Blindsight.Attestation.Certificates.Pem.Read(bytes, "fuzz")),
    ];

    private static Decoder Of<TRefusal>(string name, Func<byte[][]> samples, Action<byte[]> decode) where TRefusal : Exception =>
        new(name, samples, decode, typeof(TRefusal));

    private static LeveledProgram Program(Graph graph, bool refresh) => LeveledCompiler.Compile(
        graph, Polynomials.Images(graph, 4), InputCard.None, new() { Refresh = refresh }, LeveledParameters.Degree, new LeveledCosts(1e9));

    private static byte[] Shared(string folder, string name) => File.ReadAllBytes(SharedData.Path("attestation", folder, name));

    private static byte[][] Ciphertexts()
    {
        Prg prg = Prg.Derive([], "fuzz");
        using CkksSecretKey secret = CkksSecretKey.Create(Ring.Value, prg);
        using CkksPlaintext plaintext = new CkksEncoder(Ring.Value).Encode(new double[Ring.Value.Parameters.Slots], Ring.Value.Parameters.Levels, 1L << 40, 1);
        using CkksCiphertext fresh = new CkksSecretEncryptor(secret, prg).Encrypt(plaintext);
        return [new CkksSerializer(Ring.Value).Write(fresh)];
    }

    private static byte[][] RotationKeys()
    {
        Prg prg = Prg.Derive([], "fuzz");
        using CkksSecretKey secret = CkksSecretKey.Create(Ring.Value, prg);
        using CkksGaloisKeys keys = CkksGaloisKeys.Create(secret, [1], conjugation: false, prg);
        return [new CkksSerializer(Ring.Value).Write(keys)];
    }

    private static byte[][] Ticketed() =>
        [ToFile(path => new Ticket(Ticket.CurrentVersion, "http://127.0.0.1:1/", "http://127.0.0.1:2/", new string('a', 64), "m",
            [TicketQuery.Draw(0), TicketQuery.Draw(5)]).Write(path))];

    private static byte[][] ModelShares()
    {
        QuantizedModel model = TwoServersTrial.Outsourced(OutsourcedPlan.Create(), ComparisonKinds.Tables);
        return [ToFile(path =>
        {
            string other = path + ".other";
            ModelShareFile.Write(model, other, path);
            File.Delete(other);
        })];
    }

    private static byte[] ToFile(Action<string> write)
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        write(path);
        byte[] bytes = File.ReadAllBytes(path);
        File.Delete(path);
        return bytes;
    }

    private static void FromFile(byte[] bytes, Action<string> read)
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        File.WriteAllBytes(path, bytes);
        try
        {
            read(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
