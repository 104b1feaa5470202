"""The losses that fit each way of training: what a recipe offers as its setting `loss`."""

from __future__ import annotations

from blocks.block import Block
from blocks.definition import Catalogue, offered
from blocks.loss import BinaryCrossEntropy, CrossEntropy, MeanAbsoluteError, MeanSquaredError, SmoothL1
from blocks.loss_classes import FocalLoss, MultiLabelSoftMargin, MultiMargin, NegativeLogLikelihood
from blocks.loss_dense import DiceLoss, JaccardLoss, TverskyLoss
from blocks.loss_numbers import CosineDistance, Huber, PoissonNLL

Losses = Catalogue[Block]

OF_CLASSES: Losses = offered("loss", CrossEntropy, FocalLoss, MultiMargin, NegativeLogLikelihood, BinaryCrossEntropy)
OF_SIGNS: Losses = offered("loss", CrossEntropy, FocalLoss, NegativeLogLikelihood)
OF_ANSWERS: Losses = offered("loss", BinaryCrossEntropy, FocalLoss, MultiLabelSoftMargin)
OF_PIXELS: Losses = offered("loss", CrossEntropy, FocalLoss, DiceLoss, JaccardLoss, TverskyLoss, BinaryCrossEntropy)
OF_NUMBERS: Losses = offered("loss", MeanSquaredError, MeanAbsoluteError, SmoothL1, Huber, PoissonNLL, CosineDistance)
