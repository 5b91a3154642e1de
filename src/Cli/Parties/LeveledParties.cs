using System.CommandLine;
using Blindsight.Cli.Commands;
using Blindsight.Cli.Files;
using Blindsight.Cli.Reports;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Leveled;
using Blindsight.Compiler.Plans;
using Blindsight.Hosting.Service;
using Blindsight.Inference.Deployments.Leveled;
using Blindsight.Inference.Sessions;
using Blindsight.Mpc.Channels;
using Blindsight.Transport;
using Blindsight.Transport.Emulation;
using Blindsight.Transport.Tcp;

namespace Blindsight.Cli.Parties;

/// <summary>Client and server where the server computes on ciphertexts under the client's key: one round, and no plan, for polynomials.</summary>
internal static class LeveledParties
{
    /// <summary>The deployment's name.</summary>
    public const string Name = "he";

    /// <summary>What reports say where nothing is compared.</summary>
    public const string NoComparison = "none";

    private const int ConnectTimeoutMs = 10_000, BatchMax = 1 << 16;
    private const double LoopbackBytesPerSecond = 4e9;

    public static Option<string> Deployment() => CommonOptions.Choice("--deployment",
        "How the parties work: client-server takes any model; he computes on the client's ciphertexts in one round, and takes models whose activations are "
        + "polynomials.", DeploymentKinds.ClientServer, Name);

    public static Option<int> Batch() => CommonOptions.Positive("--batch",
        "With --deployment he: rows that are to be predicted together. Ciphertexts are laid out for so many.", 1, BatchMax);

    /// <summary>Whether this deployment was asked for.</summary>
    /// <param name="others">Options that are not for it.</param>
    public static bool IsChosen(ParseResult parsed, Option<string> deployment, params ReadOnlySpan<Option<string?>> others) =>
        IsChosen(Name, parsed, deployment, others);

    /// <inheritdoc cref="IsChosen(ParseResult, Option{string}, ReadOnlySpan{Option{string}})"/>
    public static bool IsChosen(string name, ParseResult parsed, Option<string> deployment, params ReadOnlySpan<Option<string?>> others)
    {
        if (parsed.GetRequiredValue(deployment) != name) return false;
        foreach (Option<string?> other in others)
            if (parsed.GetValue(other) is not null) throw new CommandException($"{other.Name} is not for --deployment {name}.");
        return true;
    }

    /// <summary>Bytes a second that a link carries, as packings are chosen by it.</summary>
    private static double BytesPerSecond(LinkProfile link) => Math.Min(link.BitsPerSecond / 8, LoopbackBytesPerSecond);

    /// <summary>The model owner's side: what is served, and the report of a session.</summary>
    /// <param name="loaded">Told what is served, in words.</param>
    public static (ServedModels Served, Func<SessionReport, Finished> Finish) Load(string model, string? calibration, InputCard card, int batch,
        LinkProfile link, int threads, Action<string> loaded)
    {
        if (calibration is null) throw new CommandException($"--deployment {Name} needs --calibration FILE, for the sizes of numbers.");
        Graph graph = ModelFiles.Model(model);
        SampleSet samples = ModelFiles.Samples(calibration, "calibration file");
        FloatTensor[][] rows = ModelFiles.Inputs(samples, RowRange.Spread(PlanCompiler.CalibrationRows, samples), card, ModelFiles.Ports(graph));
        LeveledProgram program = LeveledModel.Compile(graph, rows, card, new() { Batch = batch }, BytesPerSecond(link));
        LeveledModel served = new(program, threads);
        loaded($"under encryption: {program.Depth} multiplications deep, {program.Images} images an evaluation");
        return (new([program.Model], client =>
        {
            client.Permit.Model = program.Model;
            return LeveledServerSession.Run(client.Channel, served, client.Permit, client.Cancellation);
        }), report => PartyOutput.Finish(program.Model, Name, NoComparison, card, 0, report));
    }

    /// <summary>The data owner's process.</summary>
    /// <param name="card">A card's file to use instead of the server's card.</param>
    public static int Ask(string server, ConnectionSecurity security, LinkProfile link, SampleSet samples, RowRange range, string? card,
        PartyOutput output, CancellationToken cancellation)
    {
        using FramedChannel channel = TcpTransport.Connect(server, security, link, ConnectTimeoutMs, cancellation: cancellation);
        using LeveledClientSession session = LeveledClientSession.Open(channel, cancellation);
        LeveledContract contract = session.Contract;
        InputCard used = card is null ? contract.Card : ModelCard.Read(card);
        FloatTensor[][] inputs = ModelFiles.Inputs(samples, range, used, [.. contract.Inputs.Select(input => input.Port)]);
        foreach ((int Row, FloatTensor[] Input)[] batch in range.Rows.Zip(inputs).Chunk(contract.Images))
        {
            IReadOnlyList<FloatTensor[]> answers = session.Infer([.. batch.Select(row => row.Input)], output, cancellation);
            for (int i = 0; i < batch.Length; i++)
            {
                int top = Array.IndexOf(answers[i][0].Data, answers[i][0].Data.Max());
                output.Tell(new Predicted(batch[i].Row, [.. answers[i].SelectMany(tensor => tensor.Data)], top),
                    $"row {batch[i].Row}: {RunSummary.Name(top, [.. contract.Card.Classes])}");
            }
        }
        session.Close();
        Finished finished = PartyOutput.Finish(contract.Model, Name, NoComparison, contract.Card, 0, session.Report) with { OutputBound = session.OutputBound };
        output.Tell(finished, CostTable.Text(finished));
        return 0;
    }
}
