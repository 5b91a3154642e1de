using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Blindsight.Arithmetic;
using Blindsight.Training.Data;
using Blindsight.Training.Layers;
using Blindsight.Training.Networks;

namespace Blindsight.Training;

/// <summary>Trains a network to classify images.</summary>
public static class Trainer
{
    /// <summary>
    /// Moves the weights of <paramref name="network"/> through all epochs, or through what is left of them where the
    /// options' checkpoint holds an earlier part of this very run. The result depends on the network, the images, the
    /// options (but threads and checkpoint) and the machine's vector width; interruptions leave no trace in it.
    /// </summary>
    /// <param name="teacher">A network whose outputs on the same images are aimed at beside the labels; null for labels alone.</param>
    /// <param name="progress">Told after every step; null for nobody.</param>
    /// <exception cref="ParameterException">Options, images, network or checkpoint do not fit together.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the checkpoint, if there is one, holds the last step.</exception>
    public static void Train(
        Network network, LabelledImages images, TrainingOptions options, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default, Network? teacher = null)
    {
        options.Require(images.Count);
        if (network.InputShape != images.Shape || network.OutputShape.Elements != images.Classes)
            throw new ParameterException(
                $"The network maps {network.InputShape} to {network.OutputShape}; the data has images of {images.Shape} in {images.Classes} classes.");
        if (teacher is not null && (teacher.InputShape != network.InputShape || teacher.OutputShape.Elements != network.OutputShape.Elements))
            throw new ParameterException(
                $"The teacher maps {teacher.InputShape} to {teacher.OutputShape}, the network {network.InputShape} to {network.OutputShape}.");
        new TrainingRun(network, teacher, images, options, Identity(network, teacher, images, options)).Go(progress, cancellation);
    }

    private static byte[] Identity(Network network, Network? teacher, LabelledImages images, TrainingOptions options)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(network.Describe())));
        hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(options.Describe())));
        foreach (Parameter parameter in network.Parameters.Concat(teacher?.Parameters ?? [])) hash.AppendData(MemoryMarshal.AsBytes(parameter.Values.AsSpan()));
        hash.AppendData(images.Digest());
        return hash.GetHashAndReset();
    }
}
