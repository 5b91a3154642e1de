using System.Net.Sockets;
using System.Runtime.InteropServices;
using Blindsight.Attestation.Collection;
using Blindsight.Enclave.Identity;

namespace Blindsight.Enclave;

/// <summary>The enclave's process. Everything it takes is its arguments; everything it does is answering on its socket.</summary>
internal static class Program
{
    private const int Failed = 1, UsedWrongly = 2;

    public static int Main(string[] args)
    {
        RoomArguments? arguments = RoomArguments.Parse(args);
        if (arguments is null) return Complain(UsedWrongly, $"usage: {RoomArguments.Usage}");
        TsmEvidenceSource hardware = new(new TsmFolder());
        if (!arguments.Simulated && !hardware.IsPresent)
            return Complain(Failed, $"this machine has no TEE that evidence could come from ({TsmFolder.KernelPath}); with --tee simulated the enclave runs "
                + "NOT ATTESTED");
        ProcessShield.Raise();
        using CancellationTokenSource ending = new();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using PosixSignalRegistration end = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        try
        {
            using SimulatedEvidenceSource simulated = new(CodeMeasurement.Own);
            using Room room = Room.Open(arguments.State, arguments.Simulated ? simulated : hardware, arguments.Limits);
            using RoomServer server = new(room, arguments.Socket);
            if (arguments.Events) WatchInput(ending);
            Console.WriteLine(arguments.Events ? $$"""{"event":"room_opened","Attested":{{(arguments.Simulated ? "false" : "true")}}}"""
                : $"Enclave at {arguments.Socket}; {(arguments.Simulated ? "NOT ATTESTED (simulated)" : "the processor makes evidence")}; "
                    + $"code {CodeMeasurement.Own}; Ctrl-C ends.");
            server.Run(ending.Token);
            if (arguments.Events) Console.WriteLine($$"""{"event":"room_closed","Report":{{System.Text.Encoding.ASCII.GetString(room.Counters.ToJson())}}}""");
            return 0;
        }
        catch (Exception fault) when (fault is RoomException or IOException or SocketException or UnauthorizedAccessException)
        {
            return Complain(Failed, fault.Message.TrimEnd('.'));
        }

        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            ending.Cancel();
        }
    }

    private static int Complain(int code, string sentence)
    {
        Console.Error.WriteLine($"blindsight: {sentence}.");
        return code;
    }

    /// <summary>Ends with the process that started this one, which closes the input.</summary>
    private static void WatchInput(CancellationTokenSource ending)
    {
        Stream input = Console.OpenStandardInput();
        new Thread(() =>
        {
            while (input.ReadByte() >= 0)
            {
                // Whatever it says: its end is what counts.
            }
            ending.Cancel();
        }) { IsBackground = true, Name = "parent watch" }.Start();
    }
}
