using System.CommandLine;
using System.Diagnostics;
using Blindsight.Cli.Files;
using Blindsight.Cli.Parties;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Leveled;
using Blindsight.Compiler.Plans;
using Blindsight.Hosting.Rooms.Owners;
using Blindsight.Inference.Deployments.Leveled;
using Blindsight.Transport.Emulation;

namespace Blindsight.Cli.Commands;

/// <summary>The model owner's process: it hands a model over, and may then be gone.</summary>
internal static class UploadModelCommand
{
    private const int BatchMax = 1 << 16;

    /// <summary>Of <see cref="Activation"/> and <see cref="Weights"/>.</summary>
    public const string Refresh = "refresh", Polynomial = "polynomial", Encrypted = "encrypted", Public = "public";

    public static Option<string> Activation() => CommonOptions.Choice("--activation",
        "Who computes activations: refresh has the enclave decrypt, apply them exactly, and encrypt again; with polynomial the enclave decrypts results only, "
        + "and activations must be polynomials.", Refresh, Polynomial);

    public static Option<string> Weights() => CommonOptions.Choice("--weights",
        "encrypted: the host gets them from the enclave, encrypted for each data owner. public: the host knows them.", Encrypted, Public);

    public static Option<int> Batch() => CommonOptions.Positive(
        "--batch", "Rows that will be predicted together. Ciphertexts are laid out for so many.", 1, BatchMax);

    public static Option<string> Host() => new("--host") { Description = "The host's address.", HelpName = "HOST:PORT", Required = true };

    public static Command Create(Terminals terminals, CancellationToken cancellation)
    {
        Argument<string> model = CommonOptions.Model();
        Option<string?> calibration = CommonOptions.Calibration(), card = CommonOptions.Card();
        Option<string> host = Host(), activation = Activation(), weights = Weights(), link = CommonOptions.Link();
        Option<int> batch = Batch();
        HostOptions options = new();
        AttestationOptions attestation = new();
        TaughtCommand command = new("upload-model",
            "Hands a model to an enclave, over a channel that ends inside it, and its shape to the host. Then switch off.",
            "blindsight upload-model model.onnx --calibration train.npy --host 127.0.0.1:7710 --tls tls/client --policy policy.json",
            "blindsight upload-model model.onnx --calibration train.npy --host 127.0.0.1:7710 --tls tls/client --accept-simulated")
        { model, host, calibration, card, batch, activation, weights, link };
        attestation.AddTo(command);
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            using PartyOutput output = options.Open(parsed, terminals);
            string path = parsed.GetRequiredValue(model);
            if (parsed.GetValue(calibration) is not { } rows) throw new CommandException("upload-model needs --calibration FILE, for the sizes of numbers.");
            AttestationTerms terms = attestation.Terms(parsed);
            bool secret = parsed.GetRequiredValue(weights) == Encrypted;
            LeveledProgram program = Compiled(path, rows, ModelFiles.Card(parsed.GetValue(card), path),
                new() { Batch = parsed.GetValue(batch), EncryptedWeights = secret, Refresh = parsed.GetRequiredValue(activation) == Refresh });
            CancellationToken linked = options.Linked(parsed, cancellation);
            long start = Stopwatch.GetTimestamp();
            using HostLine line = HostLine.Open(parsed.GetRequiredValue(host), options.Security(parsed, terminals),
                LinkProfile.Named(parsed.GetRequiredValue(link)), linked);
            using AttestedChannel channel = AttestedChannel.Open(line, terms);
            HandedOver handed = ModelOwnerClient.HandOver(line, channel, RoomPackages.Of(program, secret), LeveledProgramFormat.Write(program, !secret));
            output.Tell(new ModelHandedOver($"{handed.Model}", handed.ContractHash, channel.Verdict.Label, Stopwatch.GetElapsedTime(start).TotalSeconds,
                    handed.ToRoomBytes, handed.ToHostBytes),
                $"{channel.Verdict}\n{program.Model} is model {handed.Model}, contract {handed.ContractHash}: {handed.ToRoomBytes:n0} bytes to the enclave, "
                + $"{handed.ToHostBytes:n0} to the host. You may switch off.");
            output.Tell(Ended.Now());
            return 0;
        });
        return command;
    }

    private static LeveledProgram Compiled(string model, string calibration, InputCard card, LeveledOptions options)
    {
        Graph graph = ModelFiles.Model(model);
        SampleSet samples = ModelFiles.Samples(calibration, "calibration file");
        FloatTensor[][] rows = ModelFiles.Inputs(samples, RowRange.Spread(PlanCompiler.CalibrationRows, samples), card, ModelFiles.Ports(graph));
        return LeveledModel.Compile(graph, rows, card, options, double.PositiveInfinity);
    }
}
